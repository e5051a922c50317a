import type { Topology } from './define.ts';
import { type Mac, macOf } from './mac-scheme.ts';

/**
 * The topology that a capture was made on, recognised by the addresses that `planLab` gives. Addresses of no
 * topology are ignored: a capture may hold multicast, forged or foreign ones. Undefined when none matches, or
 * when two match equally well.
 */
export function identifyTopology(
  macs: Iterable<Mac>,
  topologies: readonly Pick<Topology, 'name' | 'nodes'>[],
): string | undefined {
  const seen = new Set(macs);
  let best: { readonly name: string | undefined; readonly matches: number } = { name: undefined, matches: 0 };
  for (const { name, nodes } of topologies) {
    const base = macOf(name, 0, 0);
    const own = Object.values(nodes).flatMap(({ nics }, nodeIndex) =>
      Object.keys(nics).map((nic) => base + nodeIndex * 256 + Number(nic.slice('eth'.length))),
    );
    const matches = own.filter((mac) => seen.has(mac)).length;
    if (matches > best.matches) best = { name, matches };
    else if (matches > 0 && matches === best.matches) best = { name: undefined, matches };
  }
  return best.name;
}
