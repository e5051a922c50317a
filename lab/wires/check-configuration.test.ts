import { expect, test } from 'vitest';
import { configurationProblems } from './check-configuration.ts';
import type { WiresConfiguration } from './protocol.ts';

const sound: WiresConfiguration = {
  segments: [
    {
      name: 'inside',
      ports: [{ node: 'web1', nic: 'eth0', mac: '02:00:00:00:00:11', socketPath: '/run/lab/web1-eth0' }],
    },
  ],
  cables: [
    {
      name: 'ring',
      baud: 19_200,
      ends: [
        { node: 'primary', device: 'ttyS1', socketPath: '/run/lab/primary-ttyS1' },
        { node: 'secondary', device: 'ttyS1', socketPath: '/run/lab/secondary-ttyS1' },
      ],
    },
  ],
  recordDirectory: '/run/lab',
  originMonotonicNs: '1',
  originEpochNs: '1700000000000000000',
  seed: 1,
};

test('finds nothing wrong with a sound configuration', () => {
  expect(configurationProblems(sound)).toEqual([]);
});

test('tells of everything that is wrong at once', () => {
  const [segment] = sound.segments;
  const problems = configurationProblems({
    ...sound,
    segments: [
      { ...segment!, mtu: 67 },
      { name: 'inside', ports: [...segment!.ports, ...segment!.ports] },
      { name: '../up', ports: [] },
    ],
    cables: [{ ...sound.cables[0]!, baud: 0 }],
    tapDirectory: `/${'d'.repeat(101)}`,
    originEpochNs: 'now',
  });

  expect(problems.map(({ text }) => text)).toMatchInlineSnapshot(`
    [
      "a wire is called "../up": letters, digits, ".", "_" and "-" are allowed, a letter or digit first",
      "two wires are called "inside"",
      "segment "inside" has MTU 67: a whole number from 68 (RFC 791, 3.2) is wanted",
      "segment "inside" has two ports for web1:eth0",
      "cable "ring" has 0 baud: a number above 0 is wanted",
      "two sockets have the path /run/lab/web1-eth0",
      "two sockets have the path /ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/inside.tap",
      "socket path /ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/inside.tap has 113 bytes: at most 107 are allowed (unix(7))",
      "socket path /ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/ring.tap has 111 bytes: at most 107 are allowed (unix(7))",
      "originEpochNs is "now": nanoseconds in decimal are wanted",
    ]
  `);
});

test('takes a socket path of 107 bytes and no more', () => {
  const withTapIn = (directory: string) =>
    configurationProblems({ ...sound, cables: [], tapDirectory: directory });

  expect(withTapIn(`/${'d'.repeat(95)}`)).toEqual([]);
  expect(withTapIn(`/${'d'.repeat(96)}`)).toHaveLength(1);
});
