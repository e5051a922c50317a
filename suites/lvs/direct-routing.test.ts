import { describe, expect } from 'vitest';
import { labTest } from '../../lab/vitest/lab-test.ts';
import { lvsDr } from '../../topologies/lvs-dr.ts';
import { covers } from '../requirements/registry.ts';
import { addSpareServices } from './spare-services.ts';

const { test, service, address } = labTest(lvsDr);
const { vip, port } = service('web');
const rip = { web1: address('web1'), web2: address('web2') };

describe('LVS direct routing', () => {
  test(
    'LVS-DR-01: a request reaches the real server with new MAC addresses and nothing readdressed',
    covers('LVS-DR-01'),
    async ({ lab }) => {
      await lab.askForVip();
      await lab.node('client').visit({ address: vip, port, count: 4, timeoutMs: 3000 });

      await expect(lab).toConformTo('LVS-DR-01');
    },
  );

  test(
    'LVS-DR-02: the director changes TTL and header checksum of a request and no other byte of the packet',
    covers('LVS-DR-02'),
    async ({ lab }) => {
      await lab.askForVip();
      await lab.node('client').visit({ address: vip, port, count: 2, timeoutMs: 3000 });
      await lab.node('client').visit({ address: vip, port, count: 2, timeoutMs: 3000, bodyBytes: 4000 });

      await expect(lab).toConformTo('LVS-DR-02');
    },
  );

  test(
    'LVS-DR-03: a reply goes from the real server straight to the client with the VIP as source',
    covers('LVS-DR-03'),
    async ({ lab }) => {
      await lab.askForVip();
      await lab.node('client').visit({ address: vip, port, count: 4, timeoutMs: 3000, path: '/bytes/20000' });

      await lab.settleWire();
      await expect(lab).toConformTo('LVS-DR-03');
    },
  );

  test(
    'LVS-DR-04: the director counts no outgoing packet for a direct-routing service',
    covers('LVS-DR-04'),
    async ({ lab }) => {
      await lab.askForVip();
      await lab.node('client').visit({ address: vip, port, count: 4, timeoutMs: 3000 });
      await lab.settleWire();
      await lab.settleCounters('director');
      await lab.node('director').observe('ip_vs_stats_exact');

      await expect(lab).toConformTo('LVS-DR-04');
    },
  );

  test(
    'LVS-DR-05: a request for the MAC of the VIP is answered once, by the active director',
    covers('LVS-DR-05'),
    async ({ lab }) => {
      await lab.askForVip();
      const host = await lab.host('lan');
      await lab.node('client').must(['ip', 'neighbour', 'flush', 'to', vip]);

      host.askWhoHas(vip);
      host.askWhoHas(vip, { senderIp: '0.0.0.0' });
      for (const node of ['director', 'web1', 'web2']) await lab.fence(host, node);
      await lab.node('client').visit({ address: vip, port, count: 2, timeoutMs: 3000 });

      await expect(lab).toConformTo('LVS-DR-05');
    },
  );

  test(
    'LVS-DR-06: no real server names the VIP in ARP, neither when asked, nor when it must ask, nor when its NIC comes up',
    covers('LVS-DR-06'),
    async ({ lab }) => {
      await lab.askForVip();
      const host = await lab.host('lan');

      for (const web of ['web1', 'web2']) {
        // Without a neighbour entry the server has to ask for the client while it answers from the VIP.
        await lab.node(web).must(['ip', 'neighbour', 'flush', 'all']);
        host.askWhoHas(vip, { to: lab.macNumber(web, 'eth0') });
        await lab.fence(host, web);
      }
      await lab.node('client').visit({ address: vip, port, count: 4, timeoutMs: 3000 });
      await lab.node('web1').replug('eth0');
      await lab.node('web2').must(['sh', '-c', 'ip link set eth0 down && ip link set eth0 up']);
      for (const web of ['web1', 'web2']) {
        host.askWhoHas(vip, { to: lab.macNumber(web, 'eth0') });
        await lab.fence(host, web);
      }
      await lab.node('client').visit({ address: vip, port, count: 4, timeoutMs: 3000 });

      await expect(lab).toConformTo('LVS-DR-06');
    },
  );

  test(
    'LVS-DR-10: another port for a direct-routing real server is listed and served as the service port',
    covers('LVS-DR-10'),
    async ({ lab }) => {
      await lab.pinVip();
      const service = { vip, port: 8010, scheduler: 'rr', realServers: [{ address: rip.web1, port: 8080 }] };
      await lab.node('web1').machine.serve({ protocol: 'http', port: 8010, text: 'web1' });

      await addSpareServices(lab.node('director'), [service]);
      await lab.node('director').observe('ip_vs_listing');
      await lab.node('client').visit({ address: vip, port: 8010, count: 1, timeoutMs: 3000 });

      await expect(lab).toConformTo('LVS-DR-10');
    },
  );

  test(
    'LVS-DR-11: a real server without the VIP leaves the client without an answer and the entry in SYN_RECV',
    covers('LVS-DR-11'),
    async ({ lab }) => {
      await lab.pinVip();
      const [spare = ''] = lab.spare('lan');
      const director = lab.node('director');
      await director.set({
        what: 'address',
        change: 'added',
        address: spare,
        prefixLength: 32,
        device: 'eth0',
        scope: 'global',
      });
      await addSpareServices(director, [
        { vip: spare, port, scheduler: 'rr', realServers: [{ address: rip.web1 }] },
      ]);

      await lab.node('client').visit({ address: spare, port, count: 1, timeoutMs: 1500 });
      await director.observe('ip_vs_conn');

      await expect(lab).toConformTo('LVS-DR-11');
    },
  );

  test(
    'LVS-DR-12: a packet that may not be fragmented and is too large is answered with the MTU of the way',
    covers('LVS-DR-12'),
    async ({ lab }) => {
      await lab.pinVip();
      const director = lab.node('director');
      const client = lab.node('client');
      for (const destination of [rip.web1, rip.web2])
        await director.set({ what: 'route-mtu', destination, mtu: 1300 });
      // What the client learns of the way must not outlive the test.
      client.onUndo(async () => void (await client.must(['ip', 'route', 'flush', 'cache'])));

      await client.visit({ address: vip, port, count: 1, timeoutMs: 4000, bodyBytes: 6000 });

      await expect(lab).toConformTo('LVS-DR-12');
    },
  );

  test(
    'LVS-DR-13: fragments of a request reach the real server as fragments with the same identification',
    covers('LVS-DR-13'),
    async ({ lab }) => {
      await lab.pinVip();
      for (const web of ['web1', 'web2'])
        await lab.node(web).machine.serve({ protocol: 'udp', port: 8013, address: vip, text: web });
      await addSpareServices(lab.node('director'), [
        {
          protocol: 'udp',
          vip,
          port: 8013,
          scheduler: 'rr',
          realServers: [{ address: rip.web1 }, { address: rip.web2 }],
        },
      ]);

      await lab
        .node('client')
        .exchangeDatagrams({ address: vip, port: 8013, bytes: 4000, count: 2, timeoutMs: 3000 });

      await expect(lab).toConformTo('LVS-DR-13');
    },
  );

  test(
    'LVS-DR-14: a real server that does not answer ARP is reported to the client as unreachable after about 3 s',
    covers('LVS-DR-14'),
    async ({ lab }) => {
      await lab.pinVip();
      const absent = lab.spare('lan').at(-1) ?? '';
      await addSpareServices(lab.node('director'), [
        { vip, port: 8014, scheduler: 'rr', realServers: [{ address: absent }] },
      ]);

      await lab.node('client').visit({ address: vip, port: 8014, count: 1, timeoutMs: 4500 });

      await expect(lab).toConformTo('LVS-DR-14');
    },
  );

  test(
    'LVS-DR-15: a closed port is refused by the real server itself and the entry stays in SYN_RECV',
    covers('LVS-DR-15'),
    async ({ lab }) => {
      await lab.pinVip();
      const director = lab.node('director');
      await addSpareServices(director, [
        { vip, port: 8015, scheduler: 'rr', realServers: [{ address: rip.web1 }] },
      ]);

      await lab.node('client').visit({ address: vip, port: 8015, count: 1, timeoutMs: 3000 });
      await director.observe('ip_vs_conn');

      await expect(lab).toConformTo('LVS-DR-15');
    },
  );

  test(
    'LVS-DR-16: a destination of the director itself is served there and ends in TIME_WAIT',
    covers('LVS-DR-16'),
    async ({ lab }) => {
      await lab.pinVip();
      const director = lab.node('director');
      await director.machine.serve({ protocol: 'http', port: 8016, text: 'director' });
      await addSpareServices(director, [
        { vip, port: 8016, scheduler: 'rr', realServers: [{ address: '127.0.0.1' }] },
      ]);

      await director.observe('ip_vs_listing');
      await lab.node('client').visit({ address: vip, port: 8016, count: 1, timeoutMs: 3000 });
      await lab.settleWire();
      await director.observe('ip_vs_conn');

      await expect(lab).toConformTo('LVS-DR-16');
    },
  );

  test(
    'LVS-DR-17: a client follows the VIP to the card of a replaced director that announced itself',
    covers('LVS-DR-17'),
    async ({ lab, skip }) => {
      await lab.askForVip();
      const { announce } = lab.subject;
      if (announce === undefined) return skip('not applicable: the subject declares no announce');
      const director = lab.node('director');
      await lab.node('client').visit({ address: vip, port, count: 1, timeoutMs: 3000 });

      const replace = async (mac: string) => {
        await director.changeMac('eth0', mac);
        await announce(director, vip, 'eth0');
      };
      const original = lab.mac('director', 'eth0');
      director.onUndo(() => replace(original));
      await replace(original.replace(/..$/, 'd1'));
      await lab.node('client').visit({ address: vip, port, count: 2, timeoutMs: 4000 });

      await expect(lab).toConformTo('LVS-DR-17');
    },
  );
});
