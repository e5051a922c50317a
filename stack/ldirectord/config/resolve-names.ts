import { canonicalAddress, type Family } from '../address.ts';
import { type Config, type VirtualAddress, type VirtualService, virtualId } from './model.ts';
import { byPosition, type Position, type Problem } from './problem.ts';

/** A host name of the configuration, and where it stands. */
export interface HostName {
  readonly name: string;
  readonly family: Family;
  readonly at: Position;
}

export type Resolution =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Every host name that stands where an address may. */
export function hostNamesOf(config: Config): readonly HostName[] {
  const names: HostName[] = [];
  const note = (name: string, family: Family, at: Position) => {
    if (canonicalAddress(name, family) === undefined) names.push({ name, family, at });
  };
  for (const virtual of config.virtuals) {
    if (virtual.address.kind === 'address') note(virtual.address.address, virtual.family, virtual.at);
    for (const server of virtual.realServers) note(server.address, server.family, server.at);
    if (virtual.fallback !== undefined)
      note(virtual.fallback.address, virtual.fallback.family, virtual.fallback.at);
  }
  return names;
}

/** The key under which `resolveNames` looks for the address of a name. */
export function nameKey(name: string, family: Family): string {
  return `${family} ${name}`;
}

/**
 * The configuration with each host name replaced by its address. `addresses` maps `nameKey` to an address;
 * a name it lacks is a problem, as are two sections that turn out to be one.
 */
export function resolveNames(config: Config, addresses: ReadonlyMap<string, string>): Resolution {
  const missing = hostNamesOf(config).filter(({ name, family }) => !addresses.has(nameKey(name, family)));
  const problems: Problem[] = missing.map(({ name, family, at }) => ({
    at,
    text: `found host name "${name}", which has no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`,
  }));
  const addressOf = <Named extends { readonly address: string; readonly family: Family }>(
    named: Named,
  ): Named => ({
    ...named,
    address: addresses.get(nameKey(named.address, named.family)) ?? named.address,
  });
  const virtualAddress = (virtual: VirtualService): VirtualAddress =>
    virtual.address.kind === 'mark'
      ? virtual.address
      : { ...virtual.address, address: addressOf({ ...virtual.address, family: virtual.family }).address };
  const virtuals = config.virtuals.map((virtual) => ({
    ...virtual,
    address: virtualAddress(virtual),
    realServers: virtual.realServers.map(addressOf),
    ...(virtual.fallback === undefined ? {} : { fallback: addressOf(virtual.fallback) }),
  }));
  for (const [index, virtual] of virtuals.entries()) {
    const first = virtuals.slice(0, index).find((other) => virtualId(other) === virtualId(virtual));
    if (first === undefined) continue;
    const text = `found a duplicate virtual server, ${virtualId(virtual)}; the first is in line ${first.at.line}`;
    problems.push({ at: virtual.at, text });
  }
  if (problems.length > 0) return { ok: false, problems: problems.sort(byPosition) };
  return { ok: true, config: { ...config, virtuals } };
}
