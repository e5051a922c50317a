import { describe, expect, test } from 'vitest';
import { lvsArp } from '../../../topologies/lvs-arp.ts';
import { lvsDr } from '../../../topologies/lvs-dr.ts';
import { TestScene, tell } from '../test-scene.ts';
import { arpRowRules } from './lvs-arp-01-05.ts';
import { lvsArp06 } from './lvs-arp-06.ts';
import { lvsArp07 } from './lvs-arp-07.ts';
import { lvsDr05 } from './lvs-dr-05.ts';
import { lvsDr06 } from './lvs-dr-06.ts';
import { lvsDr07 } from './lvs-dr-07.ts';
import { lvsDr08 } from './lvs-dr-08.ts';
import { lvsDr09 } from './lvs-dr-09.ts';

const vip = '203.0.113.80';
const spare = '203.0.113.82';
const rip = '203.0.113.21';
/** A host on the wire that is no machine of the plan. */
const stranger = '02:00:00:00:00:99';
const [arp01, arp02, arp03, arp04, arp05] = arpRowRules;

/** A request for the spare address, and an echo request behind it that proves that it was processed. */
function probe(scene: TestScene, answer: boolean, options: { readonly fence?: boolean } = {}): TestScene {
  scene.whoHas(spare, { from: stranger, sender: '203.0.113.81' });
  if (answer) scene.isAt(spare, { from: 'web1', to: stranger, target: '203.0.113.81' });
  if (options.fence === false) return scene;
  return scene.ping(rip, { from: stranger, to: 'web1', answeredBy: 'web1' });
}

const placed = (device: string, ignore: number | undefined, scope: 'global' | 'host' = 'global') => {
  const scene = new TestScene().address('web1', spare, device, { scope });
  return ignore === undefined ? scene : scene.sysctl('web1', 'all.arp_ignore', ignore);
};

describe('LVS-ARP-01 to LVS-ARP-05', () => {
  test.for([
    ['LVS-ARP-01', arp01!, placed('lo', 0), true],
    ['LVS-ARP-01', arp01!, placed('lo', 1), false],
    ['LVS-ARP-02', arp02!, placed('lo', 3, 'host'), false],
    ['LVS-ARP-03', arp03!, placed('dummy0', 3), true],
    ['LVS-ARP-04', arp04!, placed('eth0', 1), true],
    ['LVS-ARP-05', arp05!, placed('eth1', 1), false],
  ] as const)(
    '%s passes when a NIC does what its settings say, and fails when it does not',
    ([, rule, scene, answers]) => {
      expect(probe(scene, answers).judge(rule).verdict).toBe('pass');
      expect(probe(scene, !answers).judge(rule)).toMatchObject({
        verdict: 'fail',
        findings: [{ node: 'web1', segment: 'lan' }],
      });
    },
  );

  test('tell who answered and should not have', () => {
    expect(tell(probe(placed('lo', 1), true).judge(arp01!))).toMatchInlineSnapshot(`
      "fail: 1 of 1 request for an address on lo with scope global (arp_ignore 1; asked by 203.0.113.81) found a NIC that did not do as its settings say
      web1 answered who-has 203.0.113.82 on eth0
        where     web1, lan
        expected  silence: 203.0.113.82 is on lo /32 scope global, arp_ignore 1 counts on eth0
        seen      who-has 203.0.113.82 tell 203.0.113.81 on segment lan
        seen      203.0.113.82 is-at 02:4f:19:8e:02:00
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('tell who was silent and should not have been', () => {
    expect(tell(probe(placed('lo', 0), false).judge(arp01!))).toMatchInlineSnapshot(`
      "fail: 1 of 1 request for an address on lo with scope global (arp_ignore 0; asked by 203.0.113.81) found a NIC that did not do as its settings say
      web1 did not answer who-has 203.0.113.82 on eth0
        where     web1, lan
        expected  203.0.113.82 is-at 02:4f:19:8e:02:00: 203.0.113.82 is on lo /32 scope global, arp_ignore 0 counts on eth0
        seen      who-has 203.0.113.82 tell 203.0.113.81 on segment lan
        seen      no answer, then the answer to an echo request that came after it
        evidence  lan.pcapng#1
        evidence  lan.pcapng#3"
    `);
  });

  test('judge each of two NICs for itself', () => {
    const scene = new TestScene({ topology: lvsArp })
      .address('web1', spare, 'eth0')
      .sysctl('web1', 'all.arp_ignore', 1);
    const { nics } = scene.plan.nodes[0]!;
    scene.whoHas(spare, { from: stranger, sender: '203.0.113.81' });
    scene.isAt(spare, { from: 'web1', to: stranger, target: '203.0.113.81' });
    for (const [index, { mac }] of nics.entries()) {
      scene.ping(rip, { from: stranger, to: mac, answeredBy: 'web1', sequence: index });
    }
    expect(tell(scene.judge(arp04!))).toMatchInlineSnapshot(
      `"pass: 2 requests for an address on eth0 (arp_ignore 1; asked by 203.0.113.81): all NICs did as the settings say"`,
    );
  });

  test('do not take silence for proven without an echo reply behind it', () => {
    expect(tell(probe(placed('lo', 0), false, { fence: false }).judge(arp01!))).toMatchInlineSnapshot(
      `"inconclusive: no ARP request for an address on lo with scope global was judged; 1 request went unanswered without an echo reply behind to prove that it was processed"`,
    );
  });

  test('do not judge a node whose arp_ignore nobody told', () => {
    expect(tell(probe(placed('lo', undefined), true).judge(arp01!))).toMatchInlineSnapshot(
      `"inconclusive: 1 ARP request for an address on lo with scope global or others met nodes whose arp_ignore no event has told"`,
    );
  });

  test('do not judge a request that crossed a change of settings', () => {
    const scene = placed('lo', 0);
    scene.whoHas(spare, { from: stranger, sender: '203.0.113.81' });
    scene.sysctl('web1', 'all.arp_ignore', 1);
    scene.ping(rip, { from: stranger, to: 'web1', answeredBy: 'web1' });
    expect(scene.judge(arp01!).verdict).toBe('inconclusive');
  });

  test('do not judge a request that the lab kept from the node', () => {
    const scene = placed('lo', 0);
    scene.whoHas(spare, { from: stranger, sender: '203.0.113.81', comment: 'lost towards web1: loss f1' });
    scene.ping(rip, { from: stranger, to: 'web1', answeredBy: 'web1' });
    expect(scene.judge(arp01!).verdict).toBe('skipped');
  });

  test('are skipped when no event put an address anywhere', () => {
    expect(tell(probe(new TestScene(), true).wait(1).judge(arp01!))).toMatchInlineSnapshot(
      `"skipped: no ARP request for an address on lo with scope global that an event put on a real server"`,
    );
  });

  test('follow a NIC to its new address', () => {
    const scene = placed('lo', 0).setting('web1', { what: 'mac', nic: 'eth0', mac: '02:00:00:00:00:d1' });
    scene.whoHas(spare, { from: stranger, sender: '203.0.113.81' });
    scene.isAt(spare, { from: '02:00:00:00:00:d1', to: stranger, target: '203.0.113.81' });
    expect(scene.judge(arp01!).verdict).toBe('pass');
  });
});

describe('LVS-ARP-06', () => {
  const loAlone = () => placed('lo', 0).sysctl('web1', 'lo.arp_ignore', 1);

  test('passes when arp_ignore of lo alone changes nothing', () => {
    expect(tell(probe(loAlone(), true).judge(lvsArp06))).toMatchInlineSnapshot(
      `"pass: 1 request for an address on lo with arp_ignore set for lo alone answered all the same"`,
    );
  });

  test('fails when it silences the node', () => {
    expect(probe(loAlone(), false).judge(lvsArp06)).toMatchObject({
      verdict: 'fail',
      findings: [{ node: 'web1' }],
    });
  });

  test('is skipped when another setting silences the node as well', () => {
    const scene = loAlone().sysctl('web1', 'eth0.arp_ignore', 1);
    expect(probe(scene, false).judge(lvsArp06).verdict).toBe('skipped');
  });
});

describe('LVS-ARP-07', () => {
  test('passes when nobody announces an added address', () => {
    expect(tell(placed('eth0', 0).wait(2000).judge(lvsArp07))).toMatchInlineSnapshot(
      `"pass: 1 address added without a gratuitous ARP"`,
    );
  });

  test('fails a node that announces it by itself', () => {
    expect(tell(placed('eth0', 0).announce(spare, 'web1').wait(2000).judge(lvsArp07))).toMatchInlineSnapshot(`
      "fail: 1 of 1 address that events added were announced unasked
      web1 announced 203.0.113.82 by itself when it was added to eth0
        where     web1, lan
        expected  no gratuitous ARP until some program sends one
        seen      who-has 203.0.113.82 tell 203.0.113.82, 2.0 ms after the address was being added
        evidence  lan.pcapng#1"
    `);
  });

  test('does not mind a program that announces it', () => {
    const scene = placed('eth0', 0);
    scene.command(`arping -U -I eth0 ${spare}`, {}, 'web1').announce(spare, 'web1').wait(2000);
    expect(scene.judge(lvsArp07).verdict).toBe('inconclusive');
  });

  test("does not mind the announcement of a service's address", () => {
    const scene = new TestScene().address('director', vip, 'eth0').announce(vip, 'director').wait(2000);
    expect(scene.judge(lvsArp07).verdict).toBe('skipped');
  });

  test('proves nothing with frames missing', () => {
    const scene = new TestScene({ isComplete: false }).address('web1', spare, 'eth0').wait(2000);
    expect(scene.judge(lvsArp07).verdict).toBe('inconclusive');
  });
});

describe('LVS-DR-05', () => {
  const asked = (...answers: readonly string[]) => {
    const scene = new TestScene().whoHas(vip, { from: 'client' });
    for (const from of answers) scene.isAt(vip, { from, to: 'client' });
    return scene;
  };

  test("passes with the director's answer alone", () => {
    expect(tell(asked('director').judge(lvsDr05))).toMatchInlineSnapshot(
      `"pass: 1 request for 203.0.113.80 got one answer, the director's"`,
    );
  });

  test('fails a real server that answers as well', () => {
    expect(tell(asked('director', 'web2').judge(lvsDr05))).toMatchInlineSnapshot(`
      "fail: 1 of 1 request for 203.0.113.80 did not get the one answer of the director
      2 network cards answered who-has 203.0.113.80: director (02:4f:19:8e:01:00) and web2 (02:4f:19:8e:03:00)
        where     web2, lan
        expected  one answer, by director
        seen      203.0.113.80 is-at 02:4f:19:8e:01:00 (director)
        seen      203.0.113.80 is-at 02:4f:19:8e:03:00 (web2)
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2
        evidence  lan.pcapng#3"
    `);
  });

  test('fails a real server that answers in place of the director', () => {
    expect(tell(asked('web1').judge(lvsDr05))).toMatchInlineSnapshot(`
      "fail: 1 of 1 request for 203.0.113.80 did not get the one answer of the director
      web1 answered who-has 203.0.113.80 in place of the director
        where     web1, lan
        expected  one answer, by director
        seen      203.0.113.80 is-at 02:4f:19:8e:02:00 (web1)
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
  });

  test('fails a stranger that answers, by its MAC address', () => {
    expect(asked('director', stranger).judge(lvsDr05).findings[0]?.claim).toBe(
      '2 network cards answered who-has 203.0.113.80: director (02:4f:19:8e:01:00) and 02:00:00:00:00:99',
    );
  });

  test('fails a director that is silent though it had processed the request', () => {
    const scene = asked('director').after(2000).whoHas(vip, { from: 'client' });
    scene.ping('203.0.113.2', { from: 'client', to: 'director', answeredBy: 'director' });
    expect(tell(scene.judge(lvsDr05))).toMatchInlineSnapshot(`
      "fail: 1 of 2 requests for 203.0.113.80 did not get the one answer of the director
      nobody answered who-has 203.0.113.80
        where     director, lan
        expected  203.0.113.80 is-at a network card of director
        seen      no answer, then director's answer to an echo request that came after the ARP request
        evidence  lan.pcapng#3"
    `);
  });

  test('does not blame anybody for an answer that the capture does not show', () => {
    const scene = asked().after(1000).whoHas(vip, { from: 'client' }).wait(5000);
    expect(tell(scene.judge(lvsDr05))).toMatchInlineSnapshot(
      `"inconclusive: 2 requests for 203.0.113.80, and no answer in the trace: it may not show what goes to another port"`,
    );
  });

  test('is not alarmed by doubled answers, a refresh by unicast, an announcement and a probe without a sender', () => {
    const scene = asked('director', 'director').after(5000);
    scene.whoHas(vip, { from: 'client', to: 'director' }).isAt(vip, { from: 'director', to: 'client' });
    scene.announce(vip, 'director');
    scene
      .whoHas(vip, { from: stranger, sender: '0.0.0.0' })
      .isAt(vip, { from: 'director', to: stranger, target: '0.0.0.0' });
    expect(scene.judge(lvsDr05)).toMatchObject({ verdict: 'pass', measured: { requests: 2 } });
  });

  test('does not know who may answer when a capture from elsewhere names nobody', () => {
    const scene = new TestScene({ foreignMacs: true }).whoHas(vip, { from: 'client' });
    expect(tell(scene.isAt(vip, { from: 'director', to: 'client' }).judge(lvsDr05))).toMatchInlineSnapshot(
      `"inconclusive: 1 request for 203.0.113.80 got one answer, from a network card that the trace does not connect with a node"`,
    );
  });

  test('may lack the second answer when frames are missing', () => {
    const scene = new TestScene({ isComplete: false }).whoHas(vip, { from: 'client' });
    expect(scene.isAt(vip, { from: 'director', to: 'client' }).judge(lvsDr05).verdict).toBe('inconclusive');
  });

  test('accepts either director of a pair, and not both', () => {
    const pair = {
      ...lvsDr,
      nodes: {
        ...lvsDr.nodes,
        backup: { role: 'director', nics: { eth0: { segment: 'lan', address: '203.0.113.3' } } },
      },
      services: { web: { ...lvsDr.services!.web, director: ['director', 'backup'] } },
    } as const;
    const scene = () => new TestScene({ topology: pair }).whoHas(vip, { from: 'client' });
    expect(scene().isAt(vip, { from: 'backup', to: 'client' }).judge(lvsDr05).verdict).toBe('pass');
    const both = scene()
      .isAt(vip, { from: 'backup', to: 'client' })
      .isAt(vip, { from: 'director', to: 'client' });
    expect(tell(both.judge(lvsDr05))).toMatchInlineSnapshot(`
      "fail: 1 of 1 request for 203.0.113.80 did not get the one answer of the director
      2 network cards answered who-has 203.0.113.80: backup (02:4f:19:8e:04:00) and director (02:4f:19:8e:01:00)
        where     director, lan
        expected  one answer, by the active one of director and backup
        seen      203.0.113.80 is-at 02:4f:19:8e:04:00 (backup)
        seen      203.0.113.80 is-at 02:4f:19:8e:01:00 (director)
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2
        evidence  lan.pcapng#3"
    `);
  });
});

describe('LVS-DR-06', () => {
  test('passes when real servers name themselves', () => {
    const scene = new TestScene().whoHas('203.0.113.10', { from: 'web1' });
    expect(tell(scene.judge(lvsDr06))).toMatchInlineSnapshot(
      `"pass: none of 1 ARP message of real servers named a virtual address as the sender"`,
    );
  });

  test('fails a real server that asks as the virtual address', () => {
    const scene = new TestScene().whoHas('203.0.113.10', { from: 'web1', sender: vip });
    expect(tell(scene.judge(lvsDr06))).toMatchInlineSnapshot(`
      "fail: 1 of 1 ARP message of real servers named a virtual address as the sender (web1)
      web1 sent ARP with the virtual address 203.0.113.80 as its sender
        where     web1, lan
        expected  web1 names its own address as the sender of every ARP message
        seen      who-has 203.0.113.10 tell 203.0.113.80 from 02:4f:19:8e:02:00 (web1)
        evidence  lan.pcapng#1"
    `);
  });

  test('fails a real server that answers or announces as the virtual address', () => {
    expect(new TestScene().isAt(vip, { from: 'web2', to: 'client' }).judge(lvsDr06).findings).toHaveLength(1);
    expect(new TestScene().announce(vip, 'web2').judge(lvsDr06).findings).toHaveLength(1);
  });

  test('is not concerned with the director, nor with addresses that are no service', () => {
    const scene = new TestScene()
      .announce(vip, 'director')
      .whoHas('203.0.113.10', { from: 'web1', sender: spare });
    expect(scene.judge(lvsDr06).verdict).toBe('pass');
  });

  test('is skipped when no real server says anything, inconclusive when frames are missing', () => {
    expect(tell(new TestScene().whoHas(vip, { from: 'client' }).judge(lvsDr06))).toMatchInlineSnapshot(
      `"skipped: no ARP message of a real server in the trace"`,
    );
    const scene = new TestScene({ isComplete: false }).whoHas('203.0.113.10', { from: 'web1' });
    expect(scene.judge(lvsDr06).verdict).toBe('inconclusive');
  });
});

describe('LVS-DR-07', () => {
  test('passes when a real server answers with arp_ignore 0, and fails when it does not', () => {
    expect(tell(probe(placed('lo', 0), true).judge(lvsDr07))).toMatchInlineSnapshot(
      `"pass: 1 request for an address on lo with arp_ignore 0: the real server answered"`,
    );
    expect(probe(placed('lo', 0), false).judge(lvsDr07).verdict).toBe('fail');
  });

  test('is skipped with arp_ignore 1', () => {
    expect(probe(placed('lo', 1), false).judge(lvsDr07).verdict).toBe('skipped');
  });
});

describe('LVS-DR-08', () => {
  /** An echo request to the spare address, and the question that web1 has to ask before it can answer. */
  function prompt(scene: TestScene, level: number, sender: string): TestScene {
    scene.sysctl('web1', 'all.arp_announce', level);
    scene.ping(spare, { from: 'client', to: 'web1' });
    scene
      .whoHas('203.0.113.10', { from: 'web1', sender })
      .isAt('203.0.113.10', { from: 'client', to: 'web1' });
    return scene.after(5000);
  }

  test('passes when 0 and 1 leak the address and 2 does not', () => {
    const scene = placed('lo', 1);
    for (const [level, sender] of [
      [0, spare],
      [1, spare],
      [2, rip],
    ] as const)
      prompt(scene, level, sender);
    expect(tell(scene.judge(lvsDr08))).toMatchInlineSnapshot(
      `"pass: 3 ARP requests that a real server made to answer from a virtual address: arp_announce 0 and 1 named the virtual address, 2 the real server's own"`,
    );
  });

  test('fails a leak with 2, and none with 0', () => {
    expect(tell(prompt(placed('lo', 1), 2, spare).judge(lvsDr08))).toMatchInlineSnapshot(`
      "fail: 1 of 1 ARP request that a real server made to answer from a virtual address named the wrong sender
      web1 asked for 203.0.113.10 as 203.0.113.82 with arp_announce 2
        where     web1, lan
        expected  who-has 203.0.113.10 tell 203.0.113.21: arp_announce 2 counts on eth0
        seen      a packet for 203.0.113.82, which web1 answers from that address
        seen      who-has 203.0.113.10 tell 203.0.113.82
        evidence  lan.pcapng#1
        evidence  lan.pcapng#2"
    `);
    expect(prompt(placed('lo', 1), 0, rip).judge(lvsDr08).findings).toHaveLength(1);
  });

  test('wants all three levels', () => {
    expect(tell(prompt(placed('lo', 1), 2, rip).judge(lvsDr08))).toMatchInlineSnapshot(
      `"skipped: 1 ARP request that a real server made to answer from a virtual address: none with arp_announce 0 and 1"`,
    );
  });

  test('does not judge a question that another packet may have raised', () => {
    const scene = placed('lo', 1).sysctl('web1', 'all.arp_announce', 0);
    scene.ping(rip, { from: 'client', to: 'web1' }).ping(spare, { from: 'client', to: 'web1' });
    scene.whoHas('203.0.113.10', { from: 'web1', sender: rip });
    expect(scene.judge(lvsDr08).verdict).toBe('skipped');
  });
});

describe('LVS-DR-09', () => {
  const filter = { what: 'arp-filter', address: spare, replacement: rip, by: 'nft' } as const;

  test('passes when the address is answered for without a filter and not with one', () => {
    const scene = probe(placed('eth0', 1), true);
    expect(
      tell(probe(scene.setting('web1', { ...filter, change: 'added' }), false).judge(lvsDr09)),
    ).toMatchInlineSnapshot(
      `"pass: 1 request without an ARP filter and 1 with one, for an address on eth0: answered without, silent with"`,
    );
  });

  test('fails a filter that lets requests through', () => {
    const scene = probe(placed('eth0', 1), true).setting('web1', { ...filter, change: 'added' });
    expect(tell(probe(scene, true).judge(lvsDr09))).toMatchInlineSnapshot(`
      "fail: 1 of 1 request without an ARP filter and 1 with one, for an address on eth0 went the other way
      web1 answered who-has 203.0.113.82 on eth0
        where     web1, lan
        expected  silence: 203.0.113.82 is on eth0 /32 scope global, arp_ignore 1 counts on eth0, an ARP filter for it
        seen      who-has 203.0.113.82 tell 203.0.113.81 on segment lan
        seen      203.0.113.82 is-at 02:4f:19:8e:02:00
        evidence  lan.pcapng#5
        evidence  lan.pcapng#6"
    `);
  });

  test('wants both', () => {
    expect(tell(probe(placed('eth0', 1), true).judge(lvsDr09))).toMatchInlineSnapshot(
      `"skipped: 1 request without an ARP filter and 0 with one, for an address on eth0: nobody asked while there was a filter"`,
    );
  });
});
