import { describe, expect, test } from 'vitest';
import { lvsDrRouted } from '../../../topologies/lvs-dr-routed.ts';
import { ACK, type Change, SYN, TestScene, tell } from '../test-scene.ts';
import { lvsDr03 } from './lvs-dr-03.ts';

const changed = (change: Change) => new TestScene().connection({ server: 'web1', change });
const isReply = (step: string) => step === 'syn-ack' || step === 'response' || step === 'server-fin';
const unanswered: Change = (leg, step) => (step === 'syn in' || step === 'syn out' ? leg : undefined);

describe('LVS-DR-03', () => {
  test('passes when replies go straight to the client', () => {
    const scene = new TestScene().connection({ server: 'web2' }).connection({ server: 'web1' });
    expect(tell(scene.judge(lvsDr03))).toMatchInlineSnapshot(
      `"pass: 6 replies of 2 forwarded connections went from the real server straight to the client or its gateway"`,
    );
  });

  test('passes when replies go to the gateway', () => {
    const scene = new TestScene({ topology: lvsDrRouted, segment: 'inside' });
    const change: Change = (leg, step) => (isReply(step) ? { ...leg, to: 'router' } : leg);
    scene.connection({ server: 'web2', client: 'router', change });
    expect(scene.judge(lvsDr03).verdict).toBe('pass');
  });

  test('fails a server that sends its replies to the director', () => {
    const scene = changed((leg, step) => (isReply(step) ? { ...leg, to: 'director' } : leg));
    expect(tell(scene.judge(lvsDr03))).toMatchInlineSnapshot(`
      "fail: 3 replies went astray or never came (web1); 0 went straight to the client
      web1 sent a reply of 203.0.113.10:40001 → 203.0.113.80:80 to the director
        where     web1, lan
        expected  a reply from 203.0.113.80 that goes from web1 to the client or its gateway, not to a director
        seen      02:4f:19:8e:02:00 (web1) → 02:4f:19:8e:01:00 (director)
        evidence  lan.pcapng#2
        evidence  lan.pcapng#3
      web1 sent a reply of 203.0.113.10:40001 → 203.0.113.80:80 to the director
        where     web1, lan
        expected  a reply from 203.0.113.80 that goes from web1 to the client or its gateway, not to a director
        seen      02:4f:19:8e:02:00 (web1) → 02:4f:19:8e:01:00 (director)
        evidence  lan.pcapng#2
        evidence  lan.pcapng#8
      web1 sent a reply of 203.0.113.10:40001 → 203.0.113.80:80 to the director
        where     web1, lan
        expected  a reply from 203.0.113.80 that goes from web1 to the client or its gateway, not to a director
        seen      02:4f:19:8e:02:00 (web1) → 02:4f:19:8e:01:00 (director)
        evidence  lan.pcapng#2
        evidence  lan.pcapng#9"
    `);
  });

  test('fails a server that answers as itself', () => {
    const scene = changed((leg, step) => (step === 'syn-ack' ? { ...leg, source: '203.0.113.21' } : leg));
    expect(tell(scene.judge(lvsDr03))).toMatchInlineSnapshot(`
      "fail: 1 reply went astray or never came (web1); 2 went straight to the client
      web1 answered 203.0.113.10:40001 → 203.0.113.80:80 as 203.0.113.21
        where     web1, lan
        expected  a reply from 203.0.113.80 that goes from web1 to the client or its gateway, not to a director
        seen      203.0.113.21:80 → 203.0.113.10:40001 from 02:4f:19:8e:02:00 (web1)
        evidence  lan.pcapng#2
        evidence  lan.pcapng#3"
    `);
  });

  test('fails the server whose replies the director passes on', () => {
    const scene = changed((leg, step) => (step === 'response' ? { ...leg, from: 'director', ttl: 63 } : leg));
    expect(tell(scene.judge(lvsDr03))).toMatchInlineSnapshot(`
      "fail: 1 reply went astray or never came (web1); 2 went straight to the client
      web1 let a reply of 203.0.113.10:40001 → 203.0.113.80:80 cross the director
        where     web1, lan
        expected  a reply from 203.0.113.80 that goes from web1 to the client or its gateway, not to a director
        seen      203.0.113.80 → 203.0.113.10 from 02:4f:19:8e:01:00 (director)
        evidence  lan.pcapng#2
        evidence  lan.pcapng#8"
    `);
  });

  test('fails a server that never answers though it lives and the other one does', () => {
    const scene = new TestScene({ beginsAtStart: true }).wait(1);
    scene.connection({ server: 'web2' });
    scene.connection({ server: 'web1', change: unanswered });
    scene.after(1500).whoHas('203.0.113.2', { from: 'web1' }).wait(500);
    expect(tell(scene.judge(lvsDr03))).toMatchInlineSnapshot(`
      "fail: 1 reply went astray or never came (web1); 3 went straight to the client
      web1 got 203.0.113.10:40002 → 203.0.113.80:80 and never answered
        where     web1, lan
        expected  SYN and ACK from 203.0.113.80, as other connections to that port got it
        seen      no reply in the 2.000 s to the end of the trace, while web1 sent other frames
        evidence  lan.pcapng#13"
    `);
  });

  describe('does not blame a silent server', () => {
    const silent = (scene: TestScene) =>
      scene.connection({ server: 'web2' }).connection({ server: 'web1', change: unanswered });

    test('that shows no sign of life', () => {
      expect(silent(new TestScene().wait(1)).wait(5000).judge(lvsDr03).verdict).toBe('pass');
    });

    test('when the trace ends within a second', () => {
      const scene = silent(new TestScene().wait(1)).after(500).whoHas('203.0.113.2', { from: 'web1' });
      expect(scene.judge(lvsDr03).verdict).toBe('pass');
    });

    test('when nobody answers on that port', () => {
      const scene = new TestScene().wait(1).connection({ server: 'web1', change: unanswered });
      scene.after(2000).whoHas('203.0.113.2', { from: 'web1' }).wait(500);
      expect(tell(scene.judge(lvsDr03))).toMatchInlineSnapshot(
        `"inconclusive: 1 connection forwarded, and no reply of a real server in the trace: it may not show what they send to the client"`,
      );
    });

    test('that was kept from the packet', () => {
      const lost: Change = (leg, step) =>
        step === 'syn out' ? { ...leg, comment: 'lost towards web1: cut f1' } : unanswered(leg, step);
      const scene = new TestScene().wait(1).connection({ server: 'web2' });
      scene.connection({ server: 'web1', change: lost });
      scene.after(2000).whoHas('203.0.113.2', { from: 'web1' }).wait(500);
      expect(scene.judge(lvsDr03).verdict).toBe('pass');
    });

    test('that an event says lacks the address', () => {
      const scene = new TestScene().setting('web1', {
        what: 'address',
        change: 'removed',
        address: '203.0.113.80',
        prefixLength: 32,
        device: 'lo',
        scope: 'global',
      });
      silent(scene).after(2000).whoHas('203.0.113.2', { from: 'web1' }).wait(500);
      expect(scene.judge(lvsDr03).verdict).toBe('pass');
    });

    test('on a capture that shows none of its replies', () => {
      const scene = silent(new TestScene()).after(2000).whoHas('203.0.113.2', { from: 'web1' });
      expect(scene.judge(lvsDr03).verdict).toBe('pass');
    });

    test('whose answer comes late', () => {
      const scene = new TestScene().wait(1).connection({ server: 'web2' });
      scene.connection({ server: 'web1', port: 41_000, change: unanswered }).after(2000);
      scene.whoHas('203.0.113.2', { from: 'web1' });
      scene.tcp({
        from: 'web1',
        to: 'client',
        source: '203.0.113.80',
        destination: '203.0.113.10',
        sourcePort: 80,
        destinationPort: 41_000,
        flags: SYN | ACK,
        sequence: 1,
        acknowledgement: 41_000_001,
        id: 5,
        ttl: 64,
        payload: '',
      });
      expect(scene.wait(1).judge(lvsDr03).verdict).toBe('pass');
    });
  });

  test('does not mind the reset of another server that got a packet by mistake', () => {
    const scene = new TestScene().connection({ server: 'web2', port: 41_000 });
    const leg = { from: 'web1', to: 'client', source: '203.0.113.80', destination: '203.0.113.10' };
    scene.tcp({
      ...leg,
      sourcePort: 80,
      destinationPort: 41_000,
      flags: 4,
      sequence: 1,
      acknowledgement: 0,
      id: 1,
      ttl: 64,
      payload: '',
    });
    expect(scene.judge(lvsDr03).verdict).toBe('pass');
  });

  test("does not take a reset of the director's own for a reply that crossed it", () => {
    const scene = new TestScene().connection({ server: 'web2', port: 41_000 });
    const leg = { from: 'director', to: 'client', source: '203.0.113.80', destination: '203.0.113.10' };
    const reset = { sourcePort: 80, destinationPort: 41_000, flags: 4, sequence: 1, acknowledgement: 0 };
    scene.tcp({ ...leg, ...reset, id: 0, ttl: 64, payload: '' });
    expect(scene.judge(lvsDr03).verdict).toBe('pass');
  });

  test('is inconclusive where the capture shows requests only', () => {
    const scene = changed((leg, step) => (isReply(step) ? undefined : leg));
    expect(tell(scene.judge(lvsDr03))).toMatchInlineSnapshot(
      `"inconclusive: 1 connection forwarded, and no reply of a real server in the trace: it may not show what they send to the client"`,
    );
  });
});
