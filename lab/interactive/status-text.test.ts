import { describe, expect, test } from 'vitest';
import { plan } from '../faults/ground-under-test.ts';
import { type LabStatus, nodeState, plannedStatus } from './lab-status.ts';
import { labsText, welcomeText } from './status-text.ts';

const status: LabStatus = {
  ...plannedStatus(plan),
  name: 'night',
  subject: null,
  state: 'ready',
  pid: 4711,
  startedAt: '2026-01-01T00:00:00.000Z',
  seed: 1,
  accelerator: 'tcg',
  record: '/tmp/record',
  faults: [{ id: 'f1', description: 'web1 powered off', injectedAtMs: 12_310 }],
};

describe('halab ps', () => {
  test('shows what there is in each lab', () => {
    expect(labsText([status], Date.parse('2026-01-01T00:02:59.900Z'))).toMatchInlineSnapshot(`
      "night  ready  topology ground  no subject  tcg  up 2 min  process 4711
        client     client       starting  eth0 203.0.113.10/24 on outside
        primary    director     starting  eth0 203.0.113.2/24 on outside, eth1 198.51.100.2/24 on inside
        secondary  director     starting  eth0 203.0.113.3/24 on outside, eth1 198.51.100.3/24 on inside
        web1       real server  starting  eth0 198.51.100.21/24 on inside
        web2       real server  starting  eth0 198.51.100.22/24 on inside
        outside    segment                203.0.113.0/24: client, primary, secondary
        inside     segment                198.51.100.0/24: primary, secondary, web1, web2
        ring       line                   primary:ttyS1 to secondary:ttyS1
        f1         fault                  web1 powered off, since +12.310 s"
    `);
  });

  test.for([
    ['2026-01-01T00:00:00.900Z', 'up 1 s'],
    ['2026-01-01T00:00:59.900Z', 'up 59 s'],
    ['2026-01-01T00:01:00.000Z', 'up 1 min'],
    ['2026-01-02T01:59:00.000Z', 'up 25 h'],
  ] as const)('at %s a lab of midnight is %s', ([now, age]) => {
    expect(labsText([status], Date.parse(now))).toContain(`  ${age}  `);
  });
});

test('halab up ends with what there is and how to go on', () => {
  expect(welcomeText(status, 4210)).toMatchInlineSnapshot(`
    "lab night is up after 4.2 s: topology ground, no subject, tcg

      client     client       starting  eth0 203.0.113.10/24 on outside
      primary    director     starting  eth0 203.0.113.2/24 on outside, eth1 198.51.100.2/24 on inside
      secondary  director     starting  eth0 203.0.113.3/24 on outside, eth1 198.51.100.3/24 on inside
      web1       real server  starting  eth0 198.51.100.21/24 on inside
      web2       real server  starting  eth0 198.51.100.22/24 on inside
      outside    segment                203.0.113.0/24: client, primary, secondary
      inside     segment                198.51.100.0/24: primary, secondary, web1, web2
      ring       line                   primary:ttyS1 to secondary:ttyS1
      f1         fault                  web1 powered off, since +12.310 s

      halab sh client        a shell
      halab capture outside  what crosses the wire
      halab fault --help     what can be broken
      halab down             the end"
  `);
});

test.for([
  [true, undefined, 'running'],
  [true, 'execution', 'frozen'],
  [false, 'power', 'off'],
  [false, undefined, 'gone'],
  [false, 'execution', 'gone'],
] as const)('a node with power %s and %s taken by a fault is %s', ([hasPower, takes, state]) => {
  const stopping = () =>
    takes && { takes, fault: { id: 'f1', description: '', injectedAt: 0, heal: async () => {} } };
  expect(nodeState({ name: 'web1', hasPower }, { stopping })).toBe(state);
});
