import { expect, test } from 'vitest';
import { namesRunning, pidsNamed } from './process-names.ts';

const listing = [
  '    1 /bin/sh /halab/start.sh',
  '    2 [kthreadd]',
  '   52 node --max-old-space-size=64 /halab/agent.cjs /dev/vport1p1',
  '   80 heartbeat: master control process',
  '   81 heartbeat: FIFO reader',
  '   95 /usr/bin/perl -w /usr/sbin/ldirectord ldirectord.cf start',
  '   99 /usr/local/bin/node /opt/halab-stack/bin/piranha.cjs run',
  '  120 -bash',
  '  130 ps -e -ww -o pid=,args=',
].join('\n');

test('a program is found by its name, every process of it', () => {
  expect(pidsNamed(listing, 'heartbeat')).toEqual([80, 81]);
});

test('a script is found by its own name, with and without extension', () => {
  expect(pidsNamed(listing, 'ldirectord')).toEqual([95]);
  expect(pidsNamed(listing, 'piranha')).toEqual([99]);
  expect(pidsNamed(listing, 'piranha.cjs')).toEqual([99]);
});

test('an interpreter finds what it interprets, but never the agent', () => {
  expect(pidsNamed(listing, 'node')).toEqual([99]);
  expect(pidsNamed(listing, 'agent')).toEqual([]);
});

test('part of a name, an argument, a kernel thread and process 1 are not found', () => {
  for (const name of ['heart', 'ldirectord.cf', 'kthreadd', 'start.sh', 'sh', 'ps', '']) {
    expect([name, pidsNamed(listing, name)]).toEqual([name, []]);
  }
});

test('what runs is named once each, scripts by their own names', () => {
  expect(namesRunning(listing)).toEqual(['bash', 'heartbeat', 'ldirectord', 'piranha']);
});
