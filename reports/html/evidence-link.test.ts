import { expect, test } from 'vitest';
import { evidenceLink } from './evidence-link.ts';

test.for([
  ['LVS-DR-03', '<a href="./LVS-DR-03">LVS-DR-03</a>'],
  ['a/lan.pcapng#118', '<a href="./a/lan.pcapng">a/lan.pcapng#118</a>'],
  ['nodes/web1/console.log:40', '<a href="./nodes/web1/console.log">nodes/web1/console.log:40</a>'],
  ['nodes/web1/ha-log lines 40-77', '<a href="./nodes/web1/ha-log">nodes/web1/ha-log lines 40-77</a>'],
  ['/var/tmp/field.pcap#1', '<a href="/var/tmp/field.pcap">/var/tmp/field.pcap#1</a>'],
  ['100%/ü.log', '<a href="./100%25/%C3%BC.log">100%/ü.log</a>'],
  ['javascript:alert(1)', '<a href="./javascript%3Aalert(1)">javascript:alert(1)</a>'],
  ['a"b<c', '<a href="./a%22b%3Cc">a"b&lt;c</a>'],
  ['\ud800', '<a href="./%EF%BF%BD">\ufffd</a>'],
  ['#118', '#118'],
] as const)('%j becomes %s', ([evidence, link]) => {
  expect(evidenceLink(evidence)).toBe(link);
});
