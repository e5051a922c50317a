import { expect, test } from 'vitest';
import { wrapText } from './wrap-text.ts';

test.for([
  ['a reply crosses no director', 11, ['a reply', 'crosses no', 'director']],
  ['a reply', 7, ['a reply']],
  ['a reply', 6, ['a', 'reply']],
  ['net/ipv4/arp.c', 6, ['net/ip', 'v4/arp', '.c']],
  ['a net/ipv4', 4, ['a', 'net/', 'ipv4']],
  ['', 5, ['']],
  ['ab', 0, ['a', 'b']],
] as const)('%j in %d columns is %j', ([text, width, lines]) => {
  expect(wrapText(text, width)).toEqual(lines);
});
