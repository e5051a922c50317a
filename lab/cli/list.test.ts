import { describe, expect, test } from 'vitest';
import { requirements } from '../../suites/requirements/registry.ts';
import { LabError } from '../errors.ts';
import { listRequirements } from './list.ts';

describe('the table', () => {
  test('has every requirement with level, statement, source and topologies', () => {
    const text = listRequirements({ json: false, filter: [], width: 10_000 });

    for (const { id, level, statement, source, topologies } of Object.values(requirements)) {
      expect(text).toContain(`${id.padEnd(10)}  ${level}`.trimEnd());
      for (const part of [statement, `source: ${source}`, `on ${topologies.join(', ')};`])
        expect(text).toContain(part);
    }
  });

  test('lines statements up', () => {
    expect(
      `\n${listRequirements({ json: false, filter: ['LVS-DR-06', 'SCHED'], width: 80 })}`,
    ).toMatchInlineSnapshot(`
      "
      LVS-DR-06  must    A real server sends no ARP packet that names the VIP as its
                         sender.
                         on lvs-dr, lvs-dr-routed; shown by wire
                         source: RFC 826; Linux 6.1, net/ipv4/arp.c and
                         Documentation/networking/ip-sysctl.rst (arp_announce);
                         observed on Debian's 6.1.192

      SCHED-01   must    Under rr, new connections go to the real servers in turn,
                         beginning with the one added last and passing over weight 0.
                         on lvs-dr; shown by wire
                         source: Linux 6.1, net/netfilter/ipvs/ip_vs_rr.c; observed on
                         Debian's 6.1.192
      "
    `);
  });

  test('puts statements below their IDs on a narrow terminal', () => {
    expect(`\n${listRequirements({ json: false, filter: ['SCHED-01'], width: 40 })}`).toMatchInlineSnapshot(`
      "
      SCHED-01  must
        Under rr, new connections go to the
        real servers in turn, beginning with
        the one added last and passing over
        weight 0.
        on lvs-dr; shown by wire
        source: Linux 6.1,
        net/netfilter/ipvs/ip_vs_rr.c;
        observed on Debian's 6.1.192
      "
    `);
  });

  test('fits any terminal that is wide enough for an ID and its level', () => {
    for (const width of [20, 40, 59, 60, 80, 100, 132]) {
      const lines = listRequirements({ json: false, filter: [], width }).split('\n');
      expect(Math.max(...lines.map((line) => line.length)), `${width}`).toBeLessThanOrEqual(width);
      expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
    }
  });
});

test('JSON has the members of the registry', () => {
  const parsed: unknown = JSON.parse(listRequirements({ json: true, filter: ['LVS-DR-03'] }));

  expect(parsed).toEqual([requirements['LVS-DR-03']]);
  expect(JSON.parse(listRequirements({ json: true, filter: [] }))).toHaveLength(
    Object.keys(requirements).length,
  );
});

test('a filter that means nothing is an error that names all of it', () => {
  const list = () => listRequirements({ json: false, filter: ['LVS-DR-3', 'SCHED', 'nothing'] });

  expect(list).toThrow(LabError);
  expect(list).toThrow(/"LVS-DR-3".*LVS-DR-03[\s\S]*"nothing"/);
});
