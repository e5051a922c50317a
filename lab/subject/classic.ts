import type { PlannedNode, PlannedService } from '../topology/plan.ts';
import { type NodeIntent, type NodeSetUp, nothingToSetUp, type SetUpAddress } from './subject.ts';

/**
 * The set-up that every guide to LVS direct routing gives: the VIP on the director's NIC, the VIP on the
 * loopback of each real server, and there the two sysctls that keep a real server out of ARP for it.
 * A subject takes it as it is or changes what it must.
 */
export function classicSetUp(intent: NodeIntent): NodeSetUp {
  switch (intent.node.role) {
    case 'director':
      return directorSetUp(intent);
    case 'realServer':
      return realServerSetUp(intent);
    case 'client':
    case 'router':
    case 'storage':
      return nothingToSetUp;
    default:
      return intent.node.role satisfies never;
  }
}

export const ldirectordFile = '/etc/ha.d/ldirectord.cf';

function directorSetUp(intent: NodeIntent): NodeSetUp {
  const services = servicesOfDirector(intent);
  return {
    ...nothingToSetUp,
    addresses: unique(
      services.map((service) => ({
        address: service.vip,
        prefixLength: service.vipPrefixLength,
        device: service.directors.find(({ node }) => node === intent.node.name)?.vipNic ?? 'eth0',
      })),
    ),
    files: [{ path: ldirectordFile, text: renderLdirectordConfig(services, intent), mode: 0o600 }],
  };
}

function realServerSetUp(intent: NodeIntent): NodeSetUp {
  const services = servicesOfRealServer(intent);
  if (services.length === 0) return nothingToSetUp;
  return {
    ...nothingToSetUp,
    addresses: unique(services.map(({ vip }) => ({ address: vip, prefixLength: 32, device: 'lo' }))),
    sysctls: arpSuppression(1, 2),
  };
}

/**
 * `arp_ignore` 1 answers only for addresses of the NIC that was asked; `arp_announce` 2 never names an address
 * of another NIC as sender. The kernel takes the greater of "all" and the NIC's own value.
 */
export function arpSuppression(ignore: 0 | 1, announce: 0 | 1 | 2): Readonly<Record<string, string>> {
  return {
    'net.ipv4.conf.all.arp_ignore': String(ignore),
    'net.ipv4.conf.all.arp_announce': String(announce),
  };
}

/** The services in the words of ldirectord.cf; real servers stand in the order in which they are to be added. */
export function renderLdirectordConfig(services: readonly PlannedService[], { timing }: NodeIntent): string {
  const method = { dr: 'gate', nat: 'masq', tun: 'ipip' } as const;
  const lines = [
    `checktimeout=${timing.checkTimeout}`,
    `checkinterval=${timing.checkInterval}`,
    'autoreload=no',
    'quiescent=no',
    'logfile="/var/log/ldirectord.log"',
    ...services.flatMap((service) => [
      '',
      `virtual=${service.vip}:${service.port}`,
      ...service.realServers.map(
        ({ rip, rport, weight }) => `        real=${rip}:${rport} ${method[service.forwarding]} ${weight}`,
      ),
      `        scheduler=${service.scheduler}`,
      `        protocol=${service.protocol}`,
      '        checktype=connect',
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

export function servicesOfDirector({ plan, node }: NodeIntent): readonly PlannedService[] {
  return plan.services.filter(({ directors }) => directors.some((director) => director.node === node.name));
}

export function servicesOfRealServer(intent: {
  readonly plan: NodeIntent['plan'];
  readonly node: PlannedNode;
}): readonly PlannedService[] {
  return intent.plan.services.filter(({ realServers }) =>
    realServers.some(({ node }) => node === intent.node.name),
  );
}

function unique(addresses: readonly SetUpAddress[]): readonly SetUpAddress[] {
  return addresses.filter(
    ({ address }, index) => addresses.findIndex((other) => other.address === address) === index,
  );
}
