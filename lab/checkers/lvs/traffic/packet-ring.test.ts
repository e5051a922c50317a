import { buildTcp, LINKTYPE_ETHERNET, LINKTYPE_RAW, Packet, type TcpOptions } from 'tcpdump-parser';
import { describe, expect, test } from 'vitest';
import { PacketRing } from './packet-ring.ts';

const base: TcpOptions = {
  source: 1,
  destination: 2,
  sourcePort: 3,
  destinationPort: 4,
  flags: 0x18,
  id: 7,
  payload: Uint8Array.of(1, 2, 3, 4, 5, 6, 7),
  checksum: 0x1111,
};

function decoded(options: Partial<TcpOptions> = {}, cut = 0): Packet {
  const bytes = buildTcp({ ...base, ...options });
  const packet = new Packet();
  packet.decode(bytes, 0, bytes.length - cut, LINKTYPE_RAW, bytes.length);
  return packet;
}

const add = (ring: PacketRing, packet: Packet) => ring.add(packet, 0, -1, 0, 1, 0);

describe('the packet ring', () => {
  test('takes packets for the same that differ in TTL and header checksum alone', () => {
    const ring = new PacketRing();
    const serial = add(ring, decoded());
    expect(ring.isSame(serial, decoded({ ttl: 63 }))).toBe(true);
    expect(ring.isSame(serial, decoded({ ipChecksum: 0x1234 }))).toBe(true);
  });

  test('takes them for different when any other byte differs', () => {
    const ring = new PacketRing();
    const bytes = buildTcp(base);
    const serial = add(ring, decoded());
    for (let index = 0; index < bytes.length; index++) {
      const changed = bytes.slice();
      changed[index]! ^= 0x01;
      const packet = new Packet();
      packet.decode(changed, 0, changed.length, LINKTYPE_RAW);
      // A packet whose version or lengths make no sense comes to nobody.
      if (packet.error !== undefined) continue;
      expect([index, ring.isSame(serial, packet)]).toEqual([index, [8, 10, 11].includes(index)]);
    }
  });

  test.for([0, 1, 2, 3, 4, 5])('keeps every byte of a payload of %d more', (more) => {
    const ring = new PacketRing();
    const payload = Uint8Array.from({ length: 8 + more }, (_, index) => 200 + index);
    const serial = add(ring, decoded({ payload }));
    expect(ring.bytesOf(serial)).toEqual(buildTcp({ ...base, payload }));
    const other = payload.slice();
    other[other.length - 1]! ^= 0x80;
    expect(ring.isSame(serial, decoded({ payload: other }))).toBe(false);
  });

  test('compares what two cut captures both have', () => {
    const ring = new PacketRing();
    const serial = add(ring, decoded({}, 3));
    expect(ring.isSame(serial, decoded({ ttl: 63 }))).toBe(true);
    expect(ring.isSame(serial, decoded({ payload: Uint8Array.of(1, 2, 3, 4, 9, 9, 9) }))).toBe(true);
    expect(ring.isSame(serial, decoded({ payload: Uint8Array.of(1, 2, 3, 9, 9, 9, 9) }))).toBe(false);
  });

  test('does not look at the padding behind a short packet', () => {
    const ring = new PacketRing();
    const link = { sourceMac: 1, destinationMac: 2 };
    const frame = (fill: number) => {
      const bytes = buildTcp({ ...base, payload: new Uint8Array(0), link, padTo: 60 }).fill(fill, 54);
      const packet = new Packet();
      packet.decode(bytes, 0, bytes.length, LINKTYPE_ETHERNET);
      return packet;
    };
    expect(ring.isSame(add(ring, frame(0)), frame(0xff))).toBe(true);
  });

  test('knows the header checksum of what it holds', () => {
    const ring = new PacketRing();
    expect(ring.checksumOf(add(ring, decoded({ ipChecksum: 0xabcd })))).toBe(0xabcd);
  });

  test('writes over the oldest, across its end, and knows what is gone', () => {
    const ring = new PacketRing();
    const big = (id: number) => decoded({ id, payload: new Uint8Array(1400).fill(id) });
    const first = add(ring, big(1));
    expect(ring.holds(first)).toBe(true);
    expect(ring.holds(first + 1)).toBe(false);
    expect(ring.holds(-1)).toBe(false);
    let last = first;
    for (let count = 0; count < 5000; count++) {
      last = add(ring, big((count % 250) + 2));
      expect(ring.isSame(last, big((count % 250) + 2))).toBe(true);
    }
    expect(ring.holds(first)).toBe(false);
    expect(ring.holds(last)).toBe(true);
    expect(ring.newest).toBe(last);
  });
});
