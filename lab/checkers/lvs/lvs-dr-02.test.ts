import { describe, expect, test } from 'vitest';
import { type Change, TestScene, tell } from '../test-scene.ts';
import { lvsDr01 } from './lvs-dr-01.ts';
import { lvsDr02 } from './lvs-dr-02.ts';

const changed = (change: Change) => new TestScene().connection({ server: 'web1', change });

describe('LVS-DR-02', () => {
  test('passes when TTL - 1 and the header checksum are all that differs', () => {
    expect(tell(new TestScene().connection({ server: 'web2' }).judge(lvsDr02))).toMatchInlineSnapshot(
      `"pass: 4 forwarded packets differed in TTL - 1 and the header checksum alone"`,
    );
  });

  test('fails a director that leaves the TTL alone', () => {
    const scene = changed((leg, step) => (step === 'request out' ? { ...leg, ttl: 64 } : leg));
    expect(tell(scene.judge(lvsDr02))).toMatchInlineSnapshot(`
      "fail: 1 of 4 forwarded packets differed in more than TTL - 1 and the header checksum
      director forwarded 203.0.113.10:40001 → 203.0.113.80:80 with TTL 64
        where     director, lan
        expected  TTL 63: it came with 64
        seen      TTL 64 came out as 64
        evidence  lan.pcapng#6
        evidence  lan.pcapng#7"
    `);
  });

  test('fails a director that lowers the TTL by two', () => {
    const scene = changed((leg, step) => (step === 'syn out' ? { ...leg, ttl: 62 } : leg));
    expect(scene.judge(lvsDr02).findings).toHaveLength(1);
  });

  test.for([
    ['IP ID', { id: 9999 }],
    ['type of service', { tos: 0x10 }],
    ['TCP sequence number', { sequence: 5 }],
    ['TCP header length and flags', { flags: 0x18 | 0x20 }],
    ['byte 40 of the packet', { payload: 'PUT / HTTP/1.0\r\n\r\n' }],
  ] as const)('fails a director that changes the %s, and LVS-DR-01 does not mind', ([field, change]) => {
    const scene = changed((leg, step) => (step === 'request out' ? { ...leg, ...change } : leg));
    const judgements = scene.judgeAll([lvsDr01, lvsDr02]);
    expect(judgements.get('LVS-DR-01')?.verdict).toBe('pass');
    const [finding] = judgements.get('LVS-DR-02')?.findings ?? [];
    expect(finding?.claim).toContain(field);
    expect(finding).toMatchObject({ node: 'director', evidence: ['lan.pcapng#6', 'lan.pcapng#7'] });
  });

  test('tells what came out in place of what came in', () => {
    const scene = changed((leg, step) => (step === 'syn out' ? { ...leg, id: 9999 } : leg));
    expect(tell(scene.judge(lvsDr02))).toMatchInlineSnapshot(`
      "fail: 1 of 4 forwarded packets differed in more than TTL - 1 and the header checksum
      director changed the IP ID of a request that it forwarded
        where     director, lan
        expected  IP ID 101
        seen      IP ID 101 came out as 9999
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('fails a director that translates addresses: the TCP checksum is another one then', () => {
    const scene = changed((leg, step) =>
      step === 'syn out' ? { ...leg, destination: '203.0.113.21' } : leg,
    );
    expect(scene.judge(lvsDr02).findings.map(({ claim }) => claim)).toEqual([
      'director changed the TCP checksum of a request that it forwarded',
    ]);
  });

  test('fails a header checksum that does not fit', () => {
    const scene = changed((leg, step) => (step === 'syn out' ? { ...leg, ipChecksum: 0x1234 } : leg));
    expect(tell(scene.judge(lvsDr02))).toMatchInlineSnapshot(`
      "fail: 1 of 4 forwarded packets differed in more than TTL - 1 and the header checksum
      director forwarded 203.0.113.10:40001 → 203.0.113.80:80 with a wrong header checksum
        where     director, lan
        expected  a header checksum that fits the lower TTL
        seen      a header checksum that does not
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('is not alarmed by copies that the lab corrupted on their way to the server', () => {
    const scene = changed((leg, step) =>
      step === 'request out'
        ? { ...leg, payload: 'GET ? HTTP/1.0\r\n\r\n', comment: 'corrupted copy of frame 6 towards web1: f1' }
        : leg,
    );
    expect(scene.judge(lvsDr02).verdict).toBe('pass');
  });

  test('compares with the copy that the director got when the lab corrupted the request', () => {
    const scene = new TestScene().connection({ server: 'web1' });
    const wrong = { from: 'client', to: 'director', source: '203.0.113.10', destination: '203.0.113.80' };
    const rest = {
      sourcePort: 50_000,
      destinationPort: 80,
      flags: 0x18,
      sequence: 1,
      acknowledgement: 1,
      id: 77,
    };
    scene.tcp({ ...wrong, ...rest, ttl: 64, payload: 'abc', comment: 'corrupted towards director: f1' });
    scene.tcp({
      ...wrong,
      ...rest,
      ttl: 64,
      payload: 'aBc',
      comment: 'corrupted copy of frame 9 towards director: f1',
    });
    scene.tcp({ ...wrong, ...rest, ttl: 63, payload: 'aBc', from: 'director', to: 'web1' });
    scene.wait(3000);
    expect(scene.judge(lvsDr02).verdict).toBe('pass');
  });

  test('does not take one retransmission for the changed copy of another', () => {
    const leg = { from: 'client', to: 'director', source: '203.0.113.10', destination: '203.0.113.80' };
    const syn = { sourcePort: 41_001, destinationPort: 80, flags: 2, sequence: 5, acknowledgement: 0 };
    const scene = new TestScene().connection({ server: 'web1' });
    // The first was forwarded outside the capture, the second came outside of it. Time stamps differ.
    scene.tcp({ ...leg, ...syn, id: 7, ttl: 64, payload: 'stamp 1' });
    scene.tcp({ ...leg, ...syn, id: 8, ttl: 63, payload: 'stamp 2', from: 'director', to: 'web1' });
    scene.wait(3000);
    expect(scene.judge(lvsDr02).verdict).toBe('pass');
  });

  test('goes inconclusive when all requests go by the director', () => {
    const scene = changed((leg, step) =>
      step.endsWith(' out') ? undefined : step.endsWith(' in') ? { ...leg, to: 'web1' } : leg,
    );
    expect(scene.judge(lvsDr02).verdict).toBe('inconclusive');
  });
});
