/** Edits (insert, delete, replace, swap neighbours) that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (last[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let best = Math.min(replaced, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/**
 * The known name that `found` most likely meant, or `undefined` when none is near. Near means one edit,
 * or one edit for every three letters of a longer name.
 */
export function nearestName(found: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let distance = Math.max(1, Math.floor(found.length / 3)) + 0.75;
  for (const name of known) {
    // Few people misspell the first letter, so it decides between names that are equally near.
    const edits = editDistance(found.toLowerCase(), name.toLowerCase()) + (found[0] === name[0] ? 0 : 0.5);
    if (edits < distance) {
      nearest = name;
      distance = edits;
    }
  }
  return nearest;
}

/** `; nearest known name: x`, or nothing when no name is near. */
export function nearestHint(found: string, known: readonly string[]): string {
  const nearest = nearestName(found, known);
  return nearest === undefined ? '' : `; nearest known name: ${nearest}`;
}
