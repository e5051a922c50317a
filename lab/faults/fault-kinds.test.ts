import { expect, test } from 'vitest';
import { faultHelp, faultTable } from './fault-help.ts';
import { faultKinds } from './fault-kinds.ts';

test('every method has the name of its fault', () => {
  for (const [method, { name }] of Object.entries(faultKinds)) {
    expect(name).toBe(method.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  }
});

test('the table has a line for each', () => {
  const table = faultTable().split('\n');
  expect(table.map((line) => line.trim().split(' ', 1)[0])).toEqual(
    Object.values(faultKinds).map(({ name }) => name),
  );
  expect(table[9]).toMatchInlineSnapshot(
    `"  partition SEGMENT NODE,NODE…  keeps groups of nodes on a segment from each other, both ways; nodes in no group are untouched"`,
  );
});

test('the page of a fault shows what it takes, what it does and how it is healed', () => {
  expect(faultHelp('drop')).toMatchInlineSnapshot(`
    "drop WIRE [--from NODE[,NODE]] [--towards NODE[,NODE]] [--match MATCH] [--nth N]

      loses the frames that match, and no others
      heal: lets them pass again

      WIRE                   a segment or a line
      --from NODE[,NODE]     who sent it; default: everybody on the wire
      --towards NODE[,NODE]  who would receive it; default: everybody on the wire
      --match MATCH          such as arp.operation=reply, tcp.destinationPort=80,tcp.flags=syn+ack, udp, icmp.type=8; all must hold
      --nth N                the Nth alone, or N-M, or N- for all from the Nth on; on a line bytes are counted"
  `);
  expect(faultHelp('dorp')).toBeUndefined();
});
