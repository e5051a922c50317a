import { describe, expect, test } from 'vitest';
import { type Change, TestScene, tell } from '../test-scene.ts';
import { lvsDr01 } from './lvs-dr-01.ts';

const changed = (change: Change) => new TestScene().connection({ server: 'web1', change });

describe('LVS-DR-01', () => {
  test('passes when every packet goes on to a real server as it came', () => {
    const scene = new TestScene().connection({ server: 'web2' }).connection({ server: 'web1' });
    expect(tell(scene.judge(lvsDr01))).toMatchInlineSnapshot(
      `"pass: 8 forwarded packets went from the director to a real server, addresses and ports as they came"`,
    );
  });

  test('fails a director that forwards to a node that is no real server', () => {
    const scene = changed((leg, step) => (step === 'request out' ? { ...leg, to: 'client' } : leg));
    expect(tell(scene.judge(lvsDr01))).toMatchInlineSnapshot(`
      "fail: 1 of 4 forwarded packets did not go from the director to a real server as they had come
      director forwarded 203.0.113.10:40001 → 203.0.113.80:80 to client, which is no real server of the service
        where     director, lan
        expected  the network card of web1 or web2 as destination
        seen      02:4f:19:8e:01:00 (director) → 02:4f:19:8e:00:00 (client)
        evidence  lan.pcapng#6
        evidence  lan.pcapng#7"
    `);
  });

  test('fails a director that forwards to a stranger while all real servers are known', () => {
    const scene = changed((leg, step) => (step === 'syn out' ? { ...leg, to: '02:00:00:00:00:77' } : leg));
    expect(tell(scene.judge(lvsDr01))).toMatchInlineSnapshot(`
      "fail: 1 of 4 forwarded packets did not go from the director to a real server as they had come
      director forwarded 203.0.113.10:40001 → 203.0.113.80:80 to 02:00:00:00:00:77, which is no real server of the service
        where     director, lan
        expected  the network card of web1 or web2 as destination
        seen      02:4f:19:8e:01:00 (director) → 02:00:00:00:00:77 (unknown)
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('fails a director that translates the destination', () => {
    const scene = changed((leg, step) =>
      step === 'syn out' ? { ...leg, destination: '203.0.113.21' } : leg,
    );
    expect(tell(scene.judge(lvsDr01))).toMatchInlineSnapshot(`
      "fail: 1 of 4 forwarded packets did not go from the director to a real server as they had come
      director changed the destination address of a request that it forwarded
        where     director, lan
        expected  destination address 203.0.113.80
        seen      destination address 203.0.113.80 came out as 203.0.113.21
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('fails a director that puts its own address and port in the place of the client', () => {
    const scene = changed((leg, step) =>
      step === 'syn out' ? { ...leg, source: '203.0.113.2', sourcePort: 1024 } : leg,
    );
    expect(tell(scene.judge(lvsDr01))).toMatchInlineSnapshot(`
      "fail: 1 of 4 forwarded packets did not go from the director to a real server as they had come
      director changed the source address and source port of a request that it forwarded
        where     director, lan
        expected  source address 203.0.113.10, source port 40001
        seen      source address 203.0.113.10 came out as 203.0.113.2
        seen      source port 40001 came out as 1024
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('fails a director that keeps the Ethernet source of the client', () => {
    const scene = changed((leg, step) => (step === 'ack out' ? { ...leg, from: 'client' } : leg));
    expect(tell(scene.judge(lvsDr01))).toMatchInlineSnapshot(`
      "fail: 1 of 4 forwarded packets did not go from the director to a real server as they had come
      203.0.113.10:40001 → 203.0.113.80:80 was forwarded to web1 with a source address that is not the director's
        where     director, lan
        expected  the network card of director as source
        seen      02:4f:19:8e:00:00 (client) → 02:4f:19:8e:02:00 (web1), with the TTL of a forwarded packet
        evidence  lan.pcapng#4
        evidence  lan.pcapng#5"
    `);
  });

  test('is not alarmed by doubled frames, retransmissions and the loop of a server without the address', () => {
    const scene = new TestScene();
    scene.connection({ server: 'web1', port: 41_000 });
    const again = { from: 'client', to: 'director', source: '203.0.113.10', destination: '203.0.113.80' };
    const syn = {
      sourcePort: 41_001,
      destinationPort: 80,
      flags: 2,
      sequence: 5,
      acknowledgement: 0,
      payload: '',
    };
    for (const id of [7, 8]) {
      scene.tcp({ ...again, ...syn, id, ttl: 64 }).tcp({ ...again, ...syn, id, ttl: 64 });
      scene.tcp({ ...again, ...syn, id, ttl: 63, from: 'director', to: 'web1' });
      scene.tcp({ ...again, ...syn, id, ttl: 63, from: 'director', to: 'web1' });
    }
    scene.tcp({ ...again, ...syn, id: 8, ttl: 62, from: 'web1', to: 'director' });
    scene.tcp({ ...again, ...syn, id: 8, ttl: 61, from: 'director', to: 'web1' });
    expect(scene.judge(lvsDr01).verdict).toBe('pass');
  });

  test('is not alarmed by a packet that is seen coming after it was seen leaving', () => {
    const scene = new TestScene().connection({ server: 'web1', port: 41_000 });
    const leg = {
      from: 'client',
      to: 'director',
      source: '203.0.113.10',
      destination: '203.0.113.80',
      sourcePort: 41_000,
      destinationPort: 80,
      flags: 0x10,
      sequence: 41_000_019,
      acknowledgement: 7100,
      id: 900,
      payload: 'late',
    };
    // One like it came before and did not leave: what leaves first must not be taken for it.
    scene.tcp({ ...leg, id: 901, ttl: 64 });
    scene.tcp({ ...leg, ttl: 63, from: 'director', to: 'web1' });
    scene.tcp({ ...leg, ttl: 64 });
    scene.wait(3000);
    expect(scene.judge(lvsDr01).verdict).toBe('pass');
  });

  test('leaves requests that go by the director to others, with their number', () => {
    const scene = changed((leg, step) =>
      step.endsWith(' out') ? undefined : step.endsWith(' in') ? { ...leg, to: 'web1' } : leg,
    );
    expect(tell(scene.judge(lvsDr01))).toMatchInlineSnapshot(
      `"inconclusive: no request went through a director: 4 packets of 1 connection went straight to a real server (LVS-DR-05 and LVS-DR-06 say why)"`,
    );
  });

  test('is skipped when the capture shows only what leaves the director', () => {
    const scene = changed((leg, step) => (step.endsWith(' in') ? undefined : leg));
    expect(tell(scene.judge(lvsDr01))).toMatchInlineSnapshot(
      `"skipped: 4 packets for virtual addresses left a director, and none was seen coming to it: the trace has no wire on the clients' side"`,
    );
  });

  test('is skipped when the capture shows only what comes to the director', () => {
    const scene = changed((leg, step) => (step.endsWith(' out') ? undefined : leg));
    expect(tell(scene.judge(lvsDr01))).toMatchInlineSnapshot(
      `"skipped: 4 packets for virtual addresses came to a director, and none was seen leaving it: the trace may have no wire on the real servers' side"`,
    );
  });

  test('takes the nodes of a capture from elsewhere from ARP', () => {
    const scene = new TestScene({ foreignMacs: true });
    scene.whoHas('203.0.113.80', { from: 'client' }).isAt('203.0.113.80', { from: 'director', to: 'client' });
    for (const web of ['web1', 'web2'] as const) {
      scene.whoHas(scene.ip(web), { from: 'director' }).isAt(scene.ip(web), { from: web, to: 'director' });
    }
    scene.connection({ server: 'web1' });
    scene.connection({
      server: 'web2',
      change: (leg, step) => (step === 'fin out' ? { ...leg, to: 'client' } : leg),
    });
    const judgement = scene.judge(lvsDr01);
    expect(
      judgement.findings.map(({ claim, node, evidence }) => [claim, node, evidence]),
    ).toMatchInlineSnapshot(`
      [
        [
          "director forwarded 203.0.113.10:40002 → 203.0.113.80:80 to client, which is no real server of the service",
          "director",
          [
            "lan.pcapng#27",
            "lan.pcapng#28",
          ],
        ],
      ]
    `);
  });

  test('concludes from what is done with packets who is who when nobody asks by ARP', () => {
    const scene = new TestScene({ foreignMacs: true });
    for (const server of ['web2', 'web1', 'web2']) scene.connection({ server });
    expect(tell(scene.judge(lvsDr01))).toMatchInlineSnapshot(
      `"pass: 11 forwarded packets went from the director to a real server, addresses and ports as they came"`,
    );
  });
});
