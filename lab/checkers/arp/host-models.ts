import { formatIpv4, parseIpv4 } from 'tcpdump-parser';
import { parsePrefix } from '../../topology/address.ts';
import type { PlannedNode } from '../../topology/plan.ts';
import type { Setting, SettingEvent, TraceEvent } from '../../trace/event.ts';
import type { JudgingContext, View, ViewKind } from '../rule.ts';
import type { HeldAddress, HostModel, Network } from './host-model.ts';

export const hostModels: ViewKind<HostModels> = {
  name: 'host models',
  interest: [],
  open: (context) => new HostModels(context),
};

interface Host {
  model: Mutable<HostModel>;
  /** The newest setting was under way until then: before, nobody knows which state a frame met. */
  settledAt: number;
  /** Sysctls that events have given a value. */
  readonly known: Set<string>;
  readonly routeMtu: { destination: Network; mtu: number }[];
  /** Addresses that an event added, or removed, with the moment. */
  readonly added: Map<number, HeldAddress>;
  readonly removed: Set<number>;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const arpSysctl = /^net[./]ipv4[./]conf[./]([^./]+)[./](arp_ignore|arp_announce|arp_filter)$/;
const fields = { arp_ignore: 'arpIgnore', arp_announce: 'arpAnnounce', arp_filter: 'arpFilter' } as const;
type ArpSysctl = keyof typeof fields;

/**
 * What each node is set to: its planned addresses, then what `setting` events changed. What no event mentions and
 * the plan does not give is not known to be at the kernel's default, since a subject sets things up on its own:
 * `isKnown` says which values can be relied on.
 */
export class HostModels implements View {
  readonly #hosts: ReadonlyMap<string, Host>;
  readonly #listeners: ((event: SettingEvent) => void)[] = [];

  constructor({ plan }: JudgingContext) {
    this.#hosts = new Map(plan.nodes.map((node) => [node.name, newHost(node)]));
  }

  /** Called after the model took a setting over. */
  onSetting(listener: (event: SettingEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** As it is at the newest moment; undefined for a name that the plan does not have. */
  model(node: string): HostModel | undefined {
    return this.#hosts.get(node)?.model;
  }

  get nodes(): Iterable<string> {
    return this.#hosts.keys();
  }

  /** Whether no setting of the node was under way at that moment. */
  isSettled(node: string, at: number): boolean {
    return at >= (this.#hosts.get(node)?.settledAt ?? 0);
  }

  /** Whether events said what a sysctl is, for `all` or for one of the devices. */
  isKnown(node: string, sysctl: ArpSysctl, devices: readonly string[]): boolean {
    const known = this.#hosts.get(node)?.known;
    return ['all', ...devices].some((device) => known?.has(`${device}.${sysctl}`) ?? false);
  }

  /** Where an event put an address on a node; undefined when it is not there, or there by plan. */
  addedAddress(node: string, address: number): HeldAddress | undefined {
    return this.#hosts.get(node)?.added.get(address);
  }

  /** Whether an event took the address away from the node. */
  lacks(node: string, address: number): boolean {
    return this.#hosts.get(node)?.removed.has(address) ?? false;
  }

  /** The MTU that a setting gave a node's route to an address. */
  routeMtu(node: string, destination: number): number | undefined {
    return this.#hosts
      .get(node)
      ?.routeMtu.filter(({ destination: to }) => isIn(to, destination))
      .toSorted((a, b) => b.destination.prefixLength - a.destination.prefixLength)[0]?.mtu;
  }

  event(event: TraceEvent): void {
    if (event.kind !== 'setting') return;
    const host = this.#hosts.get(event.node);
    if (host === undefined) return;
    host.settledAt = Math.max(host.settledAt, event.until);
    apply(host, event.setting);
    for (const tell of this.#listeners) tell(event);
  }
}

function newHost(node: PlannedNode): Host {
  return {
    model: {
      addresses: node.nics.map(({ address, prefixLength, name }) => ({
        address: parseIpv4(address) ?? 0,
        prefixLength,
        device: name,
        scope: 'global',
      })),
      nics: node.nics.map(({ name, segment, mac }) => ({ device: name, segment, mac })),
      arpIgnore: {},
      arpAnnounce: {},
      arpFilter: {},
      filtered: [],
      routes: routesOf(node),
    },
    settledAt: 0,
    known: new Set(),
    routeMtu: [],
    added: new Map(),
    removed: new Set(),
  };
}

function routesOf({ nics, routes, gateway }: PlannedNode): HostModel['routes'] {
  const given = routes.map(({ to, nic }) => ({ to: parsePrefix(to)!, device: nic }));
  const via = parseIpv4(gateway ?? '');
  const nic =
    via === undefined
      ? undefined
      : nics.find(({ address, prefixLength }) =>
          isIn({ address: parseIpv4(address) ?? 0, prefixLength }, via),
        );
  const everywhere = nic === undefined ? [] : [{ to: { address: 0, prefixLength: 0 }, device: nic.name }];
  return [...given, ...everywhere].toSorted((a, b) => b.to.prefixLength - a.to.prefixLength);
}

function isIn({ address, prefixLength }: Network, other: number): boolean {
  const shift = 32 - prefixLength;
  return Math.floor(address / 2 ** shift) === Math.floor(other / 2 ** shift);
}

function apply(host: Host, setting: Setting): void {
  switch (setting.what) {
    case 'address':
      applyAddress(host, setting);
      return;
    case 'sysctl':
      applySysctl(host, setting.name, Number(setting.value));
      return;
    case 'mac':
      host.model.nics = host.model.nics.map((nic) =>
        nic.device === setting.nic ? { ...nic, mac: setting.mac } : nic,
      );
      return;
    case 'route-mtu':
      applyRouteMtu(host, setting.destination, setting.mtu);
      return;
    case 'arp-filter': {
      const address = parseIpv4(setting.address);
      if (address === undefined) return;
      const others = host.model.filtered.filter((filtered) => filtered !== address);
      host.model.filtered = setting.change === 'added' ? [...others, address] : others;
      return;
    }
    default:
      setting satisfies never;
  }
}

function applyAddress(host: Host, setting: Extract<Setting, { what: 'address' }>): void {
  const address = parseIpv4(setting.address);
  if (address === undefined) return;
  const { prefixLength, device, scope } = setting;
  const held = { address, prefixLength, device, scope };
  const others = host.model.addresses.filter((other) => other.address !== address || other.device !== device);
  if (setting.change === 'added') {
    host.model.addresses = [...others, held];
    host.added.set(address, held);
    host.removed.delete(address);
  } else {
    host.model.addresses = others;
    host.added.delete(address);
    host.removed.add(address);
  }
}

function applySysctl(host: Host, name: string, value: number): void {
  const match = arpSysctl.exec(name);
  if (match === null || !Number.isInteger(value)) return;
  const device = match[1]!;
  const sysctl = match[2] as ArpSysctl;
  const field = fields[sysctl];
  host.model = { ...host.model, [field]: { ...host.model[field], [device]: value } };
  host.known.add(`${device}.${sysctl}`);
}

function applyRouteMtu(host: Host, destination: string, mtu: number): void {
  const to = parsePrefix(destination.includes('/') ? destination : `${destination}/32`);
  if (to === undefined) return;
  const others = host.routeMtu.filter(
    (other) =>
      formatIpv4(other.destination.address) !== formatIpv4(to.address) ||
      other.destination.prefixLength !== to.prefixLength,
  );
  // 0 takes the setting back.
  const added = mtu === 0 ? [] : [{ destination: to, mtu }];
  host.routeMtu.splice(0, host.routeMtu.length, ...others, ...added);
}
