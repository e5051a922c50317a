import { describe, expect } from 'vitest';
import { labTest } from '../../lab/vitest/lab-test.ts';
import { lvsDrRouted } from '../../topologies/lvs-dr-routed.ts';
import { covers } from '../requirements/registry.ts';

const { test, service } = labTest(lvsDrRouted);
const { vip, port } = service('web');

describe('LVS direct routing for a client behind a router', () => {
  test(
    'LVS-DR-01: a request that came through a router reaches the real server from the director',
    covers('LVS-DR-01'),
    async ({ lab }) => {
      await lab.node('client').visit({ address: vip, port, count: 4, timeoutMs: 3000 });

      await expect(lab).toConformTo('LVS-DR-01');
    },
  );

  test(
    'LVS-DR-02: a request that came through a router is changed in TTL and header checksum alone',
    covers('LVS-DR-02'),
    async ({ lab }) => {
      await lab.node('client').visit({ address: vip, port, count: 4, timeoutMs: 3000, bodyBytes: 4000 });

      await expect(lab).toConformTo('LVS-DR-02');
    },
  );

  test(
    'LVS-DR-03: the reply takes the way through the router and not through the director',
    covers('LVS-DR-03'),
    async ({ lab }) => {
      await lab.node('client').visit({ address: vip, port, count: 4, timeoutMs: 3000, path: '/bytes/20000' });

      await lab.settleWire();
      await expect(lab).toConformTo('LVS-DR-03');
    },
  );

  test(
    'LVS-DR-05: the router finds the director, and nobody else, behind the VIP',
    covers('LVS-DR-05'),
    async ({ lab }) => {
      const host = await lab.host('inside');
      await lab.node('router').must(['ip', 'neighbour', 'flush', 'to', vip]);

      host.askWhoHas(vip);
      for (const node of ['director', 'web1', 'web2']) await lab.fence(host, node);
      await lab.node('client').visit({ address: vip, port, count: 2, timeoutMs: 3000 });

      await expect(lab).toConformTo('LVS-DR-05');
    },
  );

  test(
    'LVS-DR-06: no real server names the VIP in ARP when it must ask for its router',
    covers('LVS-DR-06'),
    async ({ lab }) => {
      for (const web of ['web1', 'web2']) await lab.node(web).must(['ip', 'neighbour', 'flush', 'all']);

      await lab.node('client').visit({ address: vip, port, count: 4, timeoutMs: 3000 });

      await expect(lab).toConformTo('LVS-DR-06');
    },
  );
});
