import { describe, expect, test } from 'vitest';
import type { Command } from './command.ts';
import { type Knowledge, learn, nothingKnown } from './knowledge.ts';
import { parseProcIpVs } from './proc-ip-vs.ts';
import type { ServiceName } from './table.ts';

const service: ServiceName = {
  protocol: 'tcp',
  family: 'ipv4',
  address: { kind: 'address', address: '192.0.2.80', port: 80 },
};
const destination = { address: '198.51.100.2', port: 80 };
const thresholds = { lower: 3, upper: 9 };

const enter: readonly Command[] = [
  {
    kind: 'add-service',
    service,
    settings: {
      scheduler: 'sh',
      persistence: { seconds: 300, netmask: '255.255.255.255' },
      onePacket: false,
      schedulerFlags: 'sh-port',
    },
  },
  {
    kind: 'add-destination',
    service,
    destination,
    settings: { forwarding: 'dr', weight: 2, thresholds },
    owner: { role: 'real', label: '198.51.100.2:80' },
  },
];

const shown = (head: string, weight = 2) =>
  parseProcIpVs(
    `TCP  C0000250:0050 ${head}\n  -> C6336402:0050      Route   ${weight}      0          0\n`,
    new Set(),
  );
const asEntered = shown('sh  persistent 75000 FFFFFFFF');

const serviceIn = ({ table }: Knowledge) => table.get('tcp:192.0.2.80:80');

describe('what was entered', () => {
  const after = learn(nothingKnown, enter, asEntered);

  test('is known, also where it does not show', () => {
    expect(serviceIn(after)).toMatchObject({
      schedulerFlags: 'sh-port',
      persistence: { seconds: 300, ticks: 75000 },
      destinations: [{ weight: 2, thresholds }],
    });
  });

  test('tells the length of a tick', () => {
    expect(after.ticksPerSecond).toBe(250);
    expect(learn(nothingKnown, enter, shown('sh  persistent 30000 FFFFFFFF')).ticksPerSecond).toBe(100);
  });

  test('stays known while nothing changes', () => {
    expect(learn(after, [], asEntered)).toEqual(after);
  });

  test.for([
    ['another scheduler', 'rr  persistent 75000 FFFFFFFF'],
    ['another timeout', 'sh  persistent 30000 FFFFFFFF'],
    ['another netmask', 'sh  persistent 75000 FFFFFF00'],
    ['no persistence', 'sh  '],
    ['one packet', 'sh ops  persistent 75000 FFFFFFFF'],
  ] as const)('%s makes the flags unknown', ([_, head]) => {
    const changed = serviceIn(learn(after, [], shown(head)));
    expect(changed?.schedulerFlags).toBeUndefined();
    expect(changed?.persistence?.seconds).toBeUndefined();
  });

  test('another weight makes the thresholds unknown, and nothing else', () => {
    const changed = serviceIn(learn(after, [], shown('sh  persistent 75000 FFFFFFFF', 5)));
    expect(changed?.destinations[0]).toMatchObject({ weight: 5, thresholds: undefined });
    expect(changed?.schedulerFlags).toBe('sh-port');
  });

  test('is forgotten when it is gone', () => {
    expect(learn(after, [], new Map()).table.size).toBe(0);
  });
});

test('what others entered is unknown where it does not show', () => {
  expect(serviceIn(learn(nothingKnown, [], asEntered))).toMatchObject({
    schedulerFlags: undefined,
    persistence: { seconds: undefined },
    destinations: [{ weight: 2, thresholds: undefined }],
  });
});

test('commands that may have failed teach nothing', () => {
  expect(serviceIn(learn(nothingKnown, [], asEntered))?.schedulerFlags).toBeUndefined();
});
