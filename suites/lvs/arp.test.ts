import { describe, expect } from 'vitest';
import { type LabStory, labTest } from '../../lab/vitest/lab-test.ts';
import { lvsArp } from '../../topologies/lvs-arp.ts';
import { covers } from '../requirements/registry.ts';

const { test, address } = labTest(lvsArp);
const rip = address('web1');
const eth1Address = address('web1', 'eth1');

interface Place {
  readonly device: string;
  readonly prefixLength: number;
  readonly scope: 'global' | 'host';
}

const arpIgnoreValues = [0, 1, 2, 3, 8];

/** Puts the experiment's address somewhere on the real server, with eth1 free of any other. */
async function place(lab: LabStory, address: string, { device, prefixLength, scope }: Place): Promise<void> {
  const web1 = lab.node('web1');
  await web1.set({
    what: 'address',
    change: 'removed',
    address: eth1Address,
    prefixLength: 24,
    device: 'eth1',
    scope: 'global',
  });
  // What answers the host's second address leaves through eth1, so that both NICs can be fenced off.
  await web1.must(['ip', 'route', 'replace', `${behindEth1(lab)}/32`, 'dev', 'eth1']);
  if (device === 'dummy0') {
    await web1.must(['sh', '-c', 'ip link add dummy0 type dummy && ip link set dummy0 up']);
    web1.onUndo(async () => void (await web1.must(['ip', 'link', 'del', 'dummy0'])));
  }
  await web1.set({ what: 'address', change: 'added', address, prefixLength, device, scope });
}

const behindEth1 = (lab: LabStory) => lab.spare('lan').at(-1) ?? '';

/** Asks for the address through both NICs, as a neighbour, as a stranger and as nobody; then waits until all is answered. */
async function askEveryWay(lab: LabStory, address: string): Promise<void> {
  const host = await lab.host('lan');
  host.alsoAt(behindEth1(lab));
  for (const senderIp of [undefined, '192.0.2.9', '0.0.0.0']) {
    host.askWhoHas(address, senderIp === undefined ? {} : { senderIp });
    await host.fence(lab.macNumber('web1', 'eth0'), rip);
    await host.fence(lab.macNumber('web1', 'eth1'), rip, behindEth1(lab));
  }
}

async function tryEveryArpIgnore(lab: LabStory, at: Place): Promise<void> {
  const [address = ''] = lab.spare('lan');
  await place(lab, address, at);
  for (const value of arpIgnoreValues) {
    await lab
      .node('web1')
      .set({ what: 'sysctl', name: 'net.ipv4.conf.all.arp_ignore', value: String(value) });
    await askEveryWay(lab, address);
  }
}

describe('ARP of a real server', () => {
  test(
    'LVS-ARP-01: an address on the loopback is answered for as arp_ignore says',
    covers('LVS-ARP-01'),
    async ({ lab }) => {
      await tryEveryArpIgnore(lab, { device: 'lo', prefixLength: 32, scope: 'global' });

      await expect(lab).toConformTo('LVS-ARP-01');
    },
  );

  test(
    'LVS-ARP-02: an address of scope host on the loopback is answered for only when arp_ignore is 0',
    covers('LVS-ARP-02'),
    async ({ lab }) => {
      await tryEveryArpIgnore(lab, { device: 'lo', prefixLength: 32, scope: 'host' });

      await expect(lab).toConformTo('LVS-ARP-02');
    },
  );

  test(
    'LVS-ARP-03: an address on a dummy device is answered for like one on the loopback',
    covers('LVS-ARP-03'),
    async ({ lab }) => {
      await tryEveryArpIgnore(lab, { device: 'dummy0', prefixLength: 32, scope: 'global' });

      await expect(lab).toConformTo('LVS-ARP-03');
    },
  );

  for (const prefixLength of [32, 24]) {
    test(
      `LVS-ARP-04: an address of eth0 with prefix length ${prefixLength} is answered for as arp_ignore says`,
      covers('LVS-ARP-04'),
      async ({ lab }) => {
        await tryEveryArpIgnore(lab, { device: 'eth0', prefixLength, scope: 'global' });

        await expect(lab).toConformTo('LVS-ARP-04');
      },
    );
  }

  test(
    'LVS-ARP-05: an address of eth1 is answered for as arp_ignore says',
    covers('LVS-ARP-05'),
    async ({ lab }) => {
      await tryEveryArpIgnore(lab, { device: 'eth1', prefixLength: 32, scope: 'global' });

      await expect(lab).toConformTo('LVS-ARP-05');
    },
  );

  test(
    'LVS-ARP-06: the value of the receiving NIC counts, and that of the loopback has no effect',
    covers('LVS-ARP-06'),
    async ({ lab }) => {
      const [address = ''] = lab.spare('lan');
      const web1 = lab.node('web1');
      await place(lab, address, { device: 'lo', prefixLength: 32, scope: 'global' });
      const sysctl = (where: string, value: string) =>
        web1.set({ what: 'sysctl', name: `net.ipv4.conf.${where}.arp_ignore`, value });

      await sysctl('all', '0');
      await sysctl('lo', '1');
      await askEveryWay(lab, address);
      await sysctl('eth0', '1');
      await askEveryWay(lab, address);
      await sysctl('all', '1');
      await sysctl('eth0', '0');
      await askEveryWay(lab, address);

      await expect(lab).toConformTo('LVS-ARP-06');
    },
  );

  test('LVS-ARP-07: adding an address announces nothing', covers('LVS-ARP-07'), async ({ lab }) => {
    const [address = '', other = ''] = lab.spare('lan');
    const host = await lab.host('lan');

    await place(lab, address, { device: 'eth0', prefixLength: 32, scope: 'global' });
    await lab.node('web1').set({
      what: 'address',
      change: 'added',
      address: other,
      prefixLength: 24,
      device: 'eth0',
      scope: 'global',
    });
    await host.fence(lab.macNumber('web1', 'eth0'), rip);

    await expect(lab).toConformTo('LVS-ARP-07');
  });

  test(
    'LVS-DR-07: without suppression a real server answers for an address on its loopback',
    covers('LVS-DR-07'),
    async ({ lab }) => {
      const [address = ''] = lab.spare('lan');
      await place(lab, address, { device: 'lo', prefixLength: 32, scope: 'global' });
      await lab.node('web1').set({ what: 'sysctl', name: 'net.ipv4.conf.all.arp_ignore', value: '0' });

      await askEveryWay(lab, address);

      await expect(lab).toConformTo('LVS-DR-07');
    },
  );

  test(
    'LVS-DR-08: an address of the segment leaks as sender with arp_announce 0 and 1, and not with 2',
    covers('LVS-DR-08'),
    async ({ lab }) => {
      const [address = ''] = lab.spare('lan');
      const web1 = lab.node('web1');
      const host = await lab.host('lan');
      await place(lab, address, { device: 'lo', prefixLength: 32, scope: 'global' });

      for (const value of ['0', '1', '2']) {
        await web1.set({ what: 'sysctl', name: 'net.ipv4.conf.all.arp_announce', value });
        await web1.must(['ip', 'neighbour', 'flush', 'all']);
        // The answer comes from the address, and its way has to be asked for first.
        await host.fence(lab.macNumber('web1', 'eth0'), address);
      }

      await expect(lab).toConformTo('LVS-DR-08');
    },
  );

  test(
    'LVS-DR-09: arp_ignore 1 does not hide an address of the NIC that is asked, and a packet filter does',
    covers('LVS-DR-09'),
    async ({ lab }) => {
      const [address = ''] = lab.spare('lan');
      const web1 = lab.node('web1');
      await place(lab, address, { device: 'eth0', prefixLength: 32, scope: 'global' });
      await web1.set({ what: 'sysctl', name: 'net.ipv4.conf.all.arp_ignore', value: '1' });

      await askEveryWay(lab, address);
      for (const by of ['arptables', 'nft'] as const) {
        const filter = { what: 'arp-filter', address, replacement: rip, by } as const;
        await web1.set({ ...filter, change: 'added' }, { keep: true });
        await askEveryWay(lab, address);
        await web1.must(['ip', 'neighbour', 'flush', 'all']);
        await (await lab.host('lan')).fence(lab.macNumber('web1', 'eth0'), address);
        await web1.set({ ...filter, change: 'removed' }, { keep: true });
      }

      await expect(lab).toConformTo('LVS-DR-09');
    },
  );
});
