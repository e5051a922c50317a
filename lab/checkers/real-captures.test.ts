import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { defineTopology } from '../topology/define.ts';
import { planLab } from '../topology/plan.ts';
import { checkCaptures } from './check-capture.ts';
import { rules } from './rules.ts';

// Linux 6.1 directors and real servers, recorded in network namespaces with network cards of their own
// numbering: captures from another house.

/** What `oA-*.pcap` were recorded on. */
const direct = defineTopology({
  name: 'evidence-dr',
  segments: { lan: { ipv4: '172.25.254.0/24' } },
  nodes: {
    client: { role: 'client', nics: { eth0: { segment: 'lan', address: '172.25.254.50' } } },
    director: { role: 'director', nics: { eth0: { segment: 'lan', address: '172.25.254.1' } } },
    web1: { role: 'realServer', nics: { eth0: { segment: 'lan', address: '172.25.254.2' } } },
    web2: { role: 'realServer', nics: { eth0: { segment: 'lan', address: '172.25.254.3' } } },
  },
  services: {
    web: {
      vip: '172.25.254.100',
      protocol: 'tcp',
      port: 80,
      scheduler: 'rr',
      forwarding: 'dr',
      director: 'director',
      realServers: [{ node: 'web1' }, { node: 'web2' }],
    },
  },
});

const folder = fileURLToPath(new URL('../../fixtures/captures/lvs-evidence/', import.meta.url));

function check(...names: readonly string[]) {
  const { judgements, notes, problems } = checkCaptures({
    files: names.map((name) => ({ path: `${folder}${name}.pcap` })),
    plan: planLab(direct),
    rules,
  });
  const wires = [...judgements].filter(
    ([, { verdict, reason }]) => verdict !== 'skipped' || !reason.includes('needs what'),
  );
  return {
    judgements,
    notes,
    problems,
    verdicts: Object.fromEntries(wires.map(([id, { verdict }]) => [id, verdict])),
  };
}

const verdictsOf = (verdicts: Readonly<Record<string, string>>, verdict: string) =>
  Object.keys(verdicts).filter((id) => verdicts[id] === verdict);

describe('a real direct-routing director', () => {
  test('passes as seen on its own network card', () => {
    const { verdicts, notes, problems, judgements } = check('oA-D');
    expect(verdictsOf(verdicts, 'pass')).toEqual([
      'LVS-DR-01',
      'LVS-DR-02',
      'LVS-DR-05',
      'LVS-DR-06',
      'SCHED-01',
    ]);
    expect(verdictsOf(verdicts, 'fail')).toEqual([]);
    expect(judgements.get('LVS-DR-03')?.verdict).toBe('inconclusive');
    expect(judgements.get('SCHED-01')?.reason).toMatchInlineSnapshot(
      `"3 connections went in turn; who was chosen before the trace is not known, so only the turn was judged; no server had more open connections than the next in turn, so lc and wlc might have done the same"`,
    );
    expect(notes).toMatchInlineSnapshot(`
      [
        "02:00:00:00:00:0c was taken for client, by its addresses",
        "02:00:00:00:00:0d was taken for director, by its addresses",
        "02:00:00:00:00:12 was taken for web2, by its addresses",
        "02:00:00:00:00:11 was taken for web1, by its addresses",
      ]
    `);
    expect(problems).toEqual([]);
  });

  test('passes as seen on the network cards of all four, merged', () => {
    const { verdicts } = check('oA-C', 'oA-D', 'oA-R1', 'oA-R2');
    expect(verdictsOf(verdicts, 'pass')).toEqual([
      'LVS-DR-01',
      'LVS-DR-02',
      'LVS-DR-03',
      'LVS-DR-05',
      'LVS-DR-06',
      'SCHED-01',
    ]);
    expect(verdictsOf(verdicts, 'fail')).toEqual([]);
  });

  test.for(['oA-C', 'oA-R1', 'oA-R2'])('breaks nothing in %s alone, which shows a part of it', (name) => {
    const { verdicts, judgements } = check(name);
    expect(verdictsOf(verdicts, 'fail')).toEqual([]);
    expect(judgements.get('LVS-DR-01')?.reason).toMatchSnapshot();
    expect(judgements.get('SCHED-01')?.reason).toMatchSnapshot();
  });
});

test('a tunnelling director breaks no rule of direct routing', () => {
  const plan = planLab(
    defineTopology({
      name: 'evidence-tun',
      segments: { lan: { ipv4: '192.168.104.0/24' }, far: { ipv4: '192.168.113.0/24' } },
      nodes: {
        router: {
          role: 'router',
          nics: {
            eth0: { segment: 'lan', address: '192.168.104.1' },
            eth1: { segment: 'far', address: '192.168.113.1' },
          },
        },
        director: {
          role: 'director',
          nics: { eth0: { segment: 'lan', address: '192.168.104.52' } },
          gateway: '192.168.104.1',
        },
        near: { role: 'realServer', nics: { eth0: { segment: 'lan', address: '192.168.104.69' } } },
        far: {
          role: 'realServer',
          nics: { eth0: { segment: 'far', address: '192.168.113.23' } },
          gateway: '192.168.113.1',
        },
      },
      services: {
        web: {
          vip: '192.168.104.99',
          protocol: 'tcp',
          port: 80,
          scheduler: 'rr',
          forwarding: 'tun',
          director: 'director',
          realServers: [{ node: 'near' }, { node: 'far' }],
        },
      },
    }),
  );
  for (const name of ['oB-D', 'oB-uD']) {
    const { judgements } = checkCaptures({
      files: [{ path: `${folder}${name}.pcap`, segment: 'lan' }],
      plan,
      rules,
    });
    expect([...judgements].filter(([, { verdict }]) => verdict === 'fail')).toEqual([]);
  }
});
