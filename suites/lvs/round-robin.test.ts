import { describe, expect } from 'vitest';
import { labTest } from '../../lab/vitest/lab-test.ts';
import { lvsDr } from '../../topologies/lvs-dr.ts';
import { covers } from '../requirements/registry.ts';
import { addSpareServices } from './spare-services.ts';

const { test, service, address } = labTest(lvsDr);
const { vip, port } = service('web');
const webs = [address('web1'), address('web2')];

describe('Round robin', () => {
  test(
    'SCHED-01: connections alternate strictly, also while others are held open, from the server added last',
    covers('SCHED-01'),
    async ({ lab }) => {
      await lab.askForVip();
      const client = lab.node('client');

      await client.visit({ address: vip, port, count: 8, timeoutMs: 3000 });
      // One server keeps an open connection: a scheduler that counts connections would now turn to the other.
      await client.visit({ address: vip, port, count: 1, timeoutMs: 3000, hold: 'one' });
      await client.visit({ address: vip, port, count: 7, timeoutMs: 3000 });
      await client.visit({ address: vip, port, count: 8, timeoutMs: 3000, hold: 'many' });
      await client.release('one');
      await client.visit({ address: vip, port, count: 8, timeoutMs: 3000 });
      await client.release('many');

      await expect(lab).toConformTo('SCHED-01', { since: 'start' });
    },
  );

  test(
    'SCHED-01: a new service begins with the server added last and skips weight 0',
    covers('SCHED-01'),
    async ({ lab }) => {
      await lab.askForVip();
      const [web1 = '', web2 = ''] = webs;
      for (const spare of [8021, 8022]) {
        for (const web of ['web1', 'web2'])
          await lab.node(web).machine.serve({ protocol: 'http', port: spare, text: web });
      }
      await addSpareServices(lab.node('director'), [
        { vip, port: 8021, scheduler: 'rr', realServers: [{ address: web2 }, { address: web1 }] },
        {
          vip,
          port: 8022,
          scheduler: 'rr',
          realServers: [
            { address: web1, weight: 3 },
            { address: web2, weight: 0 },
          ],
        },
      ]);

      await lab.node('client').visit({ address: vip, port: 8021, count: 5, timeoutMs: 3000 });
      await lab.node('client').visit({ address: vip, port: 8022, count: 3, timeoutMs: 3000 });

      await expect(lab).toConformTo('SCHED-01');
    },
  );
});
