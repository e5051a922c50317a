import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildArp, LINKTYPE_ETHERNET, PcapEncoder, PcapngEncoder, parseIpv4, parseMac } from 'tcpdump-parser';
import { afterAll, describe, expect, test } from 'vitest';
import { lvsDrRouted } from '../../topologies/lvs-dr-routed.ts';
import { planLab } from '../topology/plan.ts';
import { checkCaptures } from './check-capture.ts';
import { passed } from './judgement.ts';
import type { Rule } from './rule.ts';

const folder = mkdtempSync(join(tmpdir(), 'halab-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const plan = planLab(lvsDrRouted);

function arp(node: string, nic = 'eth0'): Uint8Array {
  const { mac, address } = plan.nodes
    .find(({ name }) => name === node)!
    .nics.find(({ name }) => name === nic)!;
  return buildArp({ operation: 1, senderMac: parseMac(mac)!, senderIp: parseIpv4(address)!, targetIp: 1 });
}

/** A capture with a frame of a node at each of these milliseconds since the epoch's second 1000. */
function capture(
  name: string,
  frames: readonly (readonly [ms: number, bytes: Uint8Array])[],
  wire?: string,
): string {
  const path = join(folder, name);
  const stamp = (ms: number) => ({ seconds: 1000 + Math.floor(ms / 1000), nanoseconds: (ms % 1000) * 1e6 });
  const block = new Uint8Array(4096);
  const parts: Uint8Array[] = [];
  if (name.endsWith('.pcap')) {
    const encoder = new PcapEncoder('nanoseconds');
    parts.push(encoder.fileHeader({ linkType: LINKTYPE_ETHERNET, snapLength: 65_535 }));
    for (const [ms, frame] of frames) {
      parts.push(block.slice(0, encoder.writeRecord(block, 0, { ...stamp(ms), frame })));
    }
  } else {
    const encoder = new PcapngEncoder();
    const named = wire === undefined ? {} : { name: wire };
    const description = { ...named, linkType: LINKTYPE_ETHERNET, snapLength: 0, nanoseconds: true } as const;
    parts.push(encoder.sectionHeader(), encoder.interfaceDescription(description));
    for (const [ms, frame] of frames) {
      const packet = { interfaceIndex: 0, ...stamp(ms), frame };
      parts.push(block.slice(0, encoder.writeEnhancedPacket(block, 0, packet)));
    }
  }
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

/** Writes down what it is told, and judges nothing. */
function diary(lines: string[]): Rule {
  return {
    id: 'TEST-01',
    needs: ['frames'],
    interest: ['arp'],
    open: (context) => ({
      frame: ({ at, segment, file, number, from }) =>
        lines.push(`${at / 1e6} ms ${segment} ${from} ${file}#${number}`),
      event: ({ at, kind }) => lines.push(`${at / 1e6} ms ${kind}`),
      finish: () => passed(context.isComplete ? 'complete' : 'incomplete'),
    }),
  };
}

describe('captures', () => {
  test('of several segments are judged in order of time, each under its name', () => {
    const outside = capture(
      'outside.pcapng',
      [
        [5, arp('client')],
        [30, arp('router')],
      ],
      'outside',
    );
    const inside = capture('b.pcap', [
      [10, arp('web1')],
      [20, arp('router', 'eth1')],
    ]);
    const lines: string[] = [];
    const files = [{ path: outside }, { path: inside, segment: 'inside' }];
    const { frames, durationNs } = checkCaptures({ files, plan, rules: [diary(lines)] });
    expect(lines).toEqual([
      '0 ms outside client outside.pcapng#1',
      '5 ms inside web1 b.pcap#1',
      '15 ms inside router b.pcap#2',
      '25 ms outside router outside.pcapng#2',
    ]);
    expect([frames, durationNs]).toEqual([4, 25e6]);
  });

  test('that were merged find their segments by the network cards', () => {
    const merged = capture('merged.pcap', [
      [0, arp('client')],
      [1, arp('web1')],
    ]);
    const lines: string[] = [];
    checkCaptures({ files: [{ path: merged }], plan, rules: [diary(lines)] });
    expect(lines).toEqual(['0 ms outside client merged.pcap#1', '1 ms inside web1 merged.pcap#2']);
  });

  test('of a lab are judged with its events, on its clock', () => {
    const inside = capture(
      'inside.pcapng',
      [
        [10, arp('web1')],
        [20, arp('web1')],
      ],
      'inside',
    );
    const lines: string[] = [];
    const mark = (at: number) => ({ kind: 'mark', at: at * 1e6, text: '' }) as const;
    checkCaptures({
      files: [{ path: inside }],
      plan,
      rules: [diary(lines)],
      events: [mark(2), mark(15), mark(99)],
      originEpochNs: '1000000000000',
      beginsAtStart: true,
    });
    expect(lines).toEqual([
      '2 ms mark',
      '10 ms inside web1 inside.pcapng#1',
      '15 ms mark',
      '20 ms inside web1 inside.pcapng#2',
      '99 ms mark',
    ]);
  });

  test('that cannot be read in full prove no absence', () => {
    const path = capture('cut.pcap', [[0, arp('client')]]);
    const whole = checkCaptures({ files: [{ path }], plan, rules: [diary([])] });
    expect(whole.judgements.get('TEST-01')?.reason).toBe('complete');
    writeFileSync(path, Uint8Array.of(0xff), { flag: 'a' });
    const cut = checkCaptures({ files: [{ path }], plan, rules: [diary([])] });
    expect(cut.judgements.get('TEST-01')?.reason).toBe('incomplete');
    expect(cut.problems).toHaveLength(1);
    expect(cut.notes[0]).toContain('cut.pcap cannot be read in full: ');
  });

  test('whose writer dropped frames prove no absence', () => {
    const path = capture('dropped.pcapng', [[0, arp('client')]], 'outside');
    // Interface statistics: 3 frames dropped by the interface (isb_ifdrop).
    const statistics = Uint8Array.of(
      ...[5, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      ...[5, 0, 8, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0],
    );
    writeFileSync(path, statistics, { flag: 'a' });
    const { judgements, notes } = checkCaptures({ files: [{ path }], plan, rules: [diary([])] });
    expect(judgements.get('TEST-01')?.reason).toBe('incomplete');
    expect(notes).toEqual(['dropped.pcapng lacks 3 frames that its writer dropped']);
  });

  test('from elsewhere know a node by its first packet, though it names itself later', () => {
    const mac = 0x52_54_00_00_00_15;
    const bytes = (senderIp: string) =>
      buildArp({ operation: 1, senderMac: mac, senderIp: parseIpv4(senderIp)!, targetIp: 1 });
    const path = capture('foreign.pcap', [
      [0, bytes('203.0.113.80')],
      [1, bytes('203.0.113.21')],
    ]);
    const lines: string[] = [];
    const { notes } = checkCaptures({ files: [{ path, segment: 'inside' }], plan, rules: [diary(lines)] });
    expect(lines[0]).toBe('0 ms inside web1 foreign.pcap#1');
    expect(notes).toEqual(['52:54:00:00:00:15 was taken for web1, by its addresses']);
  });
});
