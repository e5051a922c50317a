import { buildArp, CapturedFrame, LINKTYPE_ETHERNET, parseIpv4 } from 'tcpdump-parser';
import { describe, expect, test } from 'vitest';
import { lvsDr } from '../../topologies/lvs-dr.ts';
import { lvsDrRouted } from '../../topologies/lvs-dr-routed.ts';
import { planLab } from '../topology/plan.ts';
import { openJudgement } from './judge.ts';
import { passed, Tally } from './judgement.ts';
import { findingsMax, type Interest, type JudgingContext, type Rule, type RuleRun } from './rule.ts';
import { TestScene } from './test-scene.ts';

const rule = (more: Partial<Rule> & { readonly open: (context: JudgingContext) => RuleRun }): Rule => ({
  id: 'TEST-01',
  needs: ['frames'],
  interest: [],
  ...more,
});

function frameOf(bytes: Uint8Array, more: Partial<CapturedFrame> = {}): CapturedFrame {
  const lengths = { capturedLength: bytes.length, originalLength: bytes.length };
  return Object.assign(new CapturedFrame(), {
    number: 1,
    buffer: bytes,
    linkType: LINKTYPE_ETHERNET,
    ...lengths,
    ...more,
  });
}

const request = buildArp({
  operation: 1,
  senderMac: 0x52_54_00_00_00_01,
  senderIp: parseIpv4('203.0.113.10')!,
  targetIp: parseIpv4('203.0.113.80')!,
});

describe('the engine', () => {
  test('hands a rule the kinds of frames that it asked for, and no others', () => {
    const seen: string[] = [];
    const watch = (interest: readonly Interest[]) =>
      rule({
        interest,
        open: () => ({
          frame: ({ number }) => seen.push(`${interest.join()} ${number}`),
          finish: () => passed('seen'),
        }),
      });
    const scene = new TestScene().whoHas('203.0.113.80', { from: 'client' });
    scene.ping('203.0.113.2', { from: 'client', to: 'director', answeredBy: 'director' });
    scene.connection({ server: 'web1', change: (leg, step) => (step === 'syn in' ? leg : undefined) });
    scene.judgeAll([watch(['arp']), watch(['tcp', 'udp']), watch(['icmp'])]);
    expect(seen).toEqual(['arp 1', 'icmp 2', 'icmp 3', 'tcp,udp 4']);
  });

  test('tells frames and events in order, and calls back between them', () => {
    const told: string[] = [];
    const scene = new TestScene().at(10).whoHas('203.0.113.80', { from: 'client' }).at(20).wait(0).at(30);
    scene.whoHas('203.0.113.80', { from: 'client' });
    scene.judge(
      rule({
        interest: ['arp'],
        open: (context) => {
          for (const at of [20, 15, 99]) context.schedule(at * 1e6, () => told.push(`call ${at}`));
          return {
            frame: ({ at }) => told.push(`frame ${at / 1e6}`),
            event: ({ at }) => told.push(`event ${at / 1e6}`),
            finish: () => passed(`ended at ${context.now / 1e6}`),
          };
        },
      }),
    );
    expect(told).toEqual(['frame 10', 'call 15', 'call 20', 'event 20', 'frame 30', 'call 99']);
  });

  test('shares a view, and shows it everything before the rules', () => {
    const order: string[] = [];
    const kind = {
      name: 'test view',
      interest: ['arp'] as const,
      open: () => ({ frame: () => order.push('view'), finish: () => order.push('view finished') }),
    };
    const user = (id: string) =>
      rule({
        id,
        interest: ['arp'],
        open: (context) => {
          context.view(kind);
          return { frame: () => order.push(id), finish: () => passed(`${order.push(`${id} finished`)}`) };
        },
      });
    new TestScene().whoHas('203.0.113.80', { from: 'client' }).judgeAll([user('A'), user('B')]);
    expect(order).toEqual(['view', 'A', 'B', 'view finished', 'A finished', 'B finished']);
  });

  test('a claim that needs events is skipped without them, however right it looks, and failed when it is broken', () => {
    const claims = (isBroken: boolean) =>
      rule({
        needs: ['frames', 'events'],
        open: () => ({ finish: () => (isBroken ? new Tally('TEST-01').failed('broken') : passed('right')) }),
      });
    const scene = () => new TestScene().whoHas('203.0.113.80', { from: 'client' });
    expect(scene().judge(claims(false))).toMatchInlineSnapshot(`
      {
        "findings": [],
        "reason": "needs what a lab records beside the wires (tables, settings, commands), and the trace has none of it; on the wires: right",
        "verdict": "skipped",
      }
    `);
    expect(scene().wait(1).judge(claims(false)).verdict).toBe('pass');
    expect(scene().judge(claims(true)).verdict).toBe('fail');
  });

  test('shows malformed frames to nobody and counts them', () => {
    const judging = openJudgement({ plan: planLab(lvsDr), isComplete: true, beginsAtStart: true }, [
      rule({
        interest: ['arp'],
        open: () => ({ frame: () => expect.fail('shown'), finish: () => passed('') }),
      }),
    ]);
    judging.frame(frameOf(request.slice(0, 30)), 0, { file: 'a.pcap', segment: 'lan' });
    expect(judging.malformed).toBe(1);
  });

  test('finds the segment of a nameless capture by the cards on it', () => {
    const seen: string[] = [];
    const plan = planLab(lvsDrRouted);
    const judging = openJudgement({ plan, isComplete: true, beginsAtStart: false }, [
      rule({
        interest: ['arp'],
        open: () => ({
          frame: ({ segment, from }) => seen.push(`${segment} ${from}`),
          finish: () => passed(''),
        }),
      }),
    ]);
    for (const [address, node] of [
      ['198.51.100.10', 'client'],
      ['203.0.113.21', 'web1'],
    ] as const) {
      const { mac } = plan.nodes.find(({ name }) => name === node)!.nics[0]!;
      const senderMac = Number.parseInt(mac.replaceAll(':', ''), 16);
      const bytes = buildArp({ operation: 1, senderMac, senderIp: parseIpv4(address)!, targetIp: 1 });
      judging.frame(frameOf(bytes), 0, { file: 'merged.pcap', segment: undefined });
    }
    judging.frame(frameOf(request), 0, { file: 'merged.pcap', segment: undefined });
    expect(seen).toEqual(['outside client', 'inside web1', 'unknown segment undefined']);
  });

  test('a gap that a comment tells of makes the record incomplete', () => {
    let gaps: readonly string[] = [];
    const judging = openJudgement({ plan: planLab(lvsDr), isComplete: true, beginsAtStart: true }, [
      rule({
        open: (context) => ({
          finish: () => {
            gaps = context.gaps;
            return passed(`${context.isComplete} ${gaps.length}`);
          },
        }),
      }),
    ]);
    const comment = '2 frames before this one missing from the record: the disk did not keep up';
    judging.frame(frameOf(request, { comment, number: 7 }), 0, { file: 'lan.pcapng', segment: 'lan' });
    expect(judging.finish().get('TEST-01')?.reason).toBe('false 1');
    expect(gaps).toEqual(['2 missing before lan.pcapng#7']);
  });

  test("a frame's fate does not stick to the next one", () => {
    const seen: unknown[] = [];
    const scene = new TestScene().whoHas('203.0.113.80', {
      from: 'client',
      comment: 'lost towards web1: cut f1',
    });
    scene.whoHas('203.0.113.80', { from: 'client' }).judge(
      rule({
        interest: ['arp'],
        open: () => ({ frame: ({ lostTowards }) => seen.push(lostTowards), finish: () => passed('') }),
      }),
    );
    expect(seen).toEqual([['web1'], []]);
  });
});

test('a tally keeps the first findings and counts all', () => {
  const tally = new Tally('TEST-01');
  for (let at = 0; at < findingsMax + 5; at++) {
    tally.breach(() => ({ claim: 'broken', at: -at, expected: '', seen: [], evidence: [] }));
  }
  const { findings } = tally.failed('all');
  expect(tally.wrong).toBe(findingsMax + 5);
  expect(findings).toHaveLength(findingsMax);
  expect(findings[0]).toMatchObject({ rule: 'TEST-01', at: 1 - findingsMax });
});
