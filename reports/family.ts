/** `LVS-DR` of `LVS-DR-03`; a test without a requirement ID belongs to `other`. */
export function familyOf(id: string): string {
  return /^([A-Z]+(?:-[A-Z]+)*)-\d{2}[a-z]?$/.exec(id)?.[1] ?? 'other';
}

export interface Family<T> {
  readonly name: string;
  readonly members: readonly T[];
}

/** Members by family, families in the order in which they first appear. */
export function byFamily<T extends { readonly id: string }>(members: Iterable<T>): readonly Family<T>[] {
  const families = new Map<string, T[]>();
  for (const member of members) {
    const name = familyOf(member.id);
    const family = families.get(name);
    if (family === undefined) families.set(name, [member]);
    else family.push(member);
  }
  return [...families].map(([name, list]) => ({ name, members: list }));
}
