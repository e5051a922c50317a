import { describe, expect } from 'vitest';
import { labTest } from '../../lab/vitest/lab-test.ts';
import { lvsDr } from '../../topologies/lvs-dr.ts';
import { covers } from '../requirements/registry.ts';
import { addSpareServices } from './spare-services.ts';

const { test, service, address } = labTest(lvsDr);
const { vip, port } = service('web');
const webs = [{ address: address('web1') }, { address: address('web2') }];

/** Every scheduler that Debian 12 builds. */
const schedulers = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh'];

describe('LVS in general', () => {
  test(
    'LVS-GEN-01: a port of the VIP without a service is answered by the director itself',
    covers('LVS-GEN-01'),
    async ({ lab }) => {
      await lab.pinVip();
      await lab.node('client').visit({ address: vip, port: 8001, count: 1, timeoutMs: 3000 });

      await expect(lab).toConformTo('LVS-GEN-01');
    },
  );

  test(
    'LVS-GEN-02: a service without an eligible real server answers port unreachable from the VIP',
    covers('LVS-GEN-02'),
    async ({ lab }) => {
      await lab.pinVip();
      await addSpareServices(lab.node('director'), [
        { vip, port: 8002, scheduler: 'rr', realServers: [] },
        { vip, port: 8003, scheduler: 'rr', realServers: webs.map((web) => ({ ...web, weight: 0 })) },
      ]);

      await lab.node('client').visit({ address: vip, port: 8002, count: 1, timeoutMs: 3000 });
      await lab.node('client').visit({ address: vip, port: 8003, count: 1, timeoutMs: 3000 });

      await expect(lab).toConformTo('LVS-GEN-02');
    },
  );

  test(
    'LVS-GEN-03: an echo request to the VIP is answered by the director and makes no entry',
    covers('LVS-GEN-03'),
    async ({ lab }) => {
      await lab.pinVip();
      await lab.node('client').run(['ping', '-c', '3', '-i', '0.2', '-W', '3', vip]);
      await lab.node('director').observe('ip_vs_conn');

      await expect(lab).toConformTo('LVS-GEN-03');
    },
  );

  test(
    'LVS-GEN-04: a segment that opens no connection and belongs to none is reset and makes no entry',
    covers('LVS-GEN-04'),
    async ({ lab }) => {
      const host = await lab.host('lan');

      host.sendTcp(lab.macNumber('director', 'eth0'), {
        destination: vip,
        sourcePort: 41_004,
        destinationPort: port,
        flags: 0x10,
        sequence: 1,
        acknowledgement: 1,
      });
      await lab.fence(host, 'director');
      await lab.node('director').observe('ip_vs_conn');

      await expect(lab).toConformTo('LVS-GEN-04');
    },
  );

  test(
    'LVS-GEN-05: a real server of weight 0 gets no new connection from any scheduler',
    covers('LVS-GEN-05'),
    async ({ lab }) => {
      await lab.pinVip();
      const services = schedulers.map((scheduler, index) => ({
        vip,
        port: 8050 + index,
        scheduler,
        realServers: webs.map((web, place) => ({ ...web, weight: place === 0 ? 0 : 1 })),
      }));
      for (const service of services)
        await lab.node('web2').machine.serve({ protocol: 'http', port: service.port, text: 'web2' });
      await addSpareServices(lab.node('director'), services);

      for (const service of services)
        await lab.node('client').visit({ address: vip, port: service.port, count: 3, timeoutMs: 3000 });

      await expect(lab).toConformTo('LVS-GEN-05');
    },
  );

  test(
    'LVS-GEN-06: 32 requests one after another give 16 finished connections on each of two real servers',
    covers('LVS-GEN-06'),
    async ({ lab }) => {
      await lab.askForVip();
      const director = lab.node('director');
      await lab.settleCounters('director');
      await director.observe('ip_vs');
      await director.observe('ip_vs_stats_exact');

      await lab.node('client').visit({ address: vip, port, count: 32, timeoutMs: 3000 });
      await lab.settleWire();
      await lab.settleCounters('director');
      await director.observe('ip_vs');
      await director.observe('ip_vs_stats_exact');

      await expect(lab).toConformTo('LVS-GEN-06');
    },
  );

  test(
    'LVS-GEN-07: an entry lives as long as the timeout of its state',
    covers('LVS-GEN-07'),
    async ({ lab }) => {
      await lab.pinVip();
      const director = lab.node('director');
      await director.machine.serve({ protocol: 'http', port: 8071, text: 'director' });
      await addSpareServices(director, [
        { vip, port: 8070, scheduler: 'rr', realServers: [{ address: lab.spare('lan').at(-1) ?? '' }] },
        { vip, port: 8071, scheduler: 'rr', realServers: [{ address: '127.0.0.1' }] },
      ]);
      const restore = async () => void (await director.must(['ipvsadm', '--set', '0', '120', '0']));

      // One entry for each state with its own timeout, then one whose timeout is over soon.
      await lab.node('client').visit({ address: vip, port, count: 1, timeoutMs: 3000 });
      await lab.node('client').visit({ address: vip, port: 8070, count: 1, timeoutMs: 300 });
      await lab.node('client').visit({ address: vip, port: 8071, count: 1, timeoutMs: 3000 });
      await lab.settleWire();
      await director.observe('ip_vs_conn');
      director.onUndo(restore);
      await director.must(['ipvsadm', '--set', '0', '3', '0']);
      await lab.node('client').visit({ address: vip, port, count: 1, timeoutMs: 3000 });
      await lab.watch(director, 'ip_vs_conn', { every: 250, during: 4500 });

      await expect(lab).toConformTo('LVS-GEN-07');
    },
  );

  test(
    'LVS-GEN-08: timeouts that were set are listed and used by new entries',
    covers('LVS-GEN-08'),
    async ({ lab }) => {
      await lab.pinVip();
      const director = lab.node('director');
      const client = lab.node('client');
      for (const [index, web] of ['web1', 'web2'].entries()) {
        await lab
          .node(web)
          .machine.serve({ protocol: 'udp', port: 8008, address: vip, text: `web${index + 1}` });
      }
      await addSpareServices(director, [
        { protocol: 'udp', vip, port: 8008, scheduler: 'rr', realServers: webs },
      ]);
      director.onUndo(async () => void (await director.must(['ipvsadm', '--set', '900', '120', '300'])));

      await director.must(['ipvsadm', '--set', '100', '20', '30']);
      await director.observe('ip_vs_timeouts');
      await client.visit({ address: vip, port, count: 1, timeoutMs: 3000, hold: 'gen-08' });
      await client.visit({ address: vip, port, count: 1, timeoutMs: 3000 });
      await client.exchangeDatagrams({ address: vip, port: 8008, bytes: 10, count: 1, timeoutMs: 3000 });
      await lab.settleWire();
      await director.observe('ip_vs_conn');
      await client.release('gen-08');

      await expect(lab).toConformTo('LVS-GEN-08');
    },
  );

  test(
    'LVS-GEN-09: a table that was saved, cleared and restored is the same table',
    covers('LVS-GEN-09'),
    async ({ lab }) => {
      const ipvsadm = await lab.scratchTable('director');
      const rules = [
        '-A -t 198.51.100.1:80 -s rr -p 300 -M 255.255.255.0',
        '-a -t 198.51.100.1:80 -r 192.0.2.1:80 -g -w 1',
        '-a -t 198.51.100.1:80 -r 192.0.2.2:80 -g -w 5 -x 100 -y 50',
        '-A -t 198.51.100.1:81 -s sh -b sh-fallback,sh-port',
        '-a -t 198.51.100.1:81 -r 192.0.2.1:8080 -m -w 2',
        '-A -u 198.51.100.1:53 -s wlc -o',
        '-a -u 198.51.100.1:53 -r 192.0.2.3:53 -i -w 3 --tun-type ipip',
        '-A -f 7 -s wrr',
        '-a -f 7 -r 192.0.2.4:0 -g -w 0',
      ];

      await ipvsadm(['-R'], rules.join('\n'));
      const saved = await ipvsadm(['-S', '-n']);
      await ipvsadm(['-C']);
      await ipvsadm(['-S', '-n']);
      await ipvsadm(['-R'], saved.stdout);
      await ipvsadm(['-S', '-n']);

      await expect(lab).toConformTo('LVS-GEN-09');
    },
  );

  test(
    'LVS-GEN-10: a command that cannot be carried out says why and fails',
    covers('LVS-GEN-10'),
    async ({ lab }) => {
      const ipvsadm = await lab.scratchTable('director');

      for (const { setUp, argv } of lab.refusedCommands) {
        await ipvsadm(['-C']);
        if (setUp.length > 0) await ipvsadm(['-R'], setUp.join('\n'));
        await ipvsadm(argv);
      }

      await expect(lab).toConformTo('LVS-GEN-10');
    },
  );

  test(
    'LVS-GEN-11: the kernel lists real servers newest first and ipvsadm sorts them',
    covers('LVS-GEN-11'),
    async ({ lab }) => {
      const director = lab.node('director');
      const order = ['203.0.113.22', '203.0.113.21', '203.0.113.23'];
      await addSpareServices(director, [
        { vip, port: 8011, scheduler: 'rr', realServers: order.map((address) => ({ address })) },
      ]);

      await director.observe('ip_vs_listing');

      await expect(lab).toConformTo('LVS-GEN-11');
    },
  );

  test(
    'LVS-GEN-12: an open connection counts as active and a closed one as inactive',
    covers('LVS-GEN-12'),
    async ({ lab }) => {
      await lab.pinVip();
      const director = lab.node('director');
      await director.observe('ip_vs_conn');
      await director.observe('ip_vs');

      await lab.node('client').visit({ address: vip, port, count: 2, timeoutMs: 3000, hold: 'gen-12' });
      await lab.settleWire();
      await director.observe('ip_vs');
      await lab.node('client').release('gen-12');
      await lab.settleWire();
      await director.observe('ip_vs');

      await expect(lab).toConformTo('LVS-GEN-12');
    },
  );

  test(
    'LVS-GEN-13: datagrams count as inactive and their entries live for 300 s',
    covers('LVS-GEN-13'),
    async ({ lab }) => {
      await lab.pinVip();
      const director = lab.node('director');
      for (const web of ['web1', 'web2'])
        await lab.node(web).machine.serve({ protocol: 'udp', port: 8130, address: vip, text: web });
      await addSpareServices(director, [
        { protocol: 'udp', vip, port: 8130, scheduler: 'rr', realServers: webs },
      ]);

      await lab
        .node('client')
        .exchangeDatagrams({ address: vip, port: 8130, bytes: 20, count: 2, timeoutMs: 3000 });
      await director.observe('ip_vs');
      await director.observe('ip_vs_conn');

      await expect(lab).toConformTo('LVS-GEN-13');
    },
  );
});
