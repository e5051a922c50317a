/**
 * The director as conversations: what it is told on the left of each claim, what it says in the snapshot.
 * Writing the table takes 50 ms here, a check 5 ms, and changes are gathered for 20 ms.
 */
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../config/parse.ts';
import { applyCommands } from '../table/apply.ts';
import type { Command } from '../table/command.ts';
import type { ObservedTable, ServiceName } from '../table/table.ts';
import { Rehearsal } from './rehearsal.ts';

const web = (...directives: readonly string[]) =>
  [
    'checkinterval = 10',
    'virtual = 192.0.2.80:80',
    '    real = 198.51.100.2 gate',
    '    real = 198.51.100.3 gate 2',
    '    fallback = 127.0.0.1',
    ...directives.map((line) => `    ${line}`),
    '',
  ].join('\n');

const both = (answer: Parameters<Rehearsal['answer']>[1], file = web(), kernel?: ObservedTable) =>
  new Rehearsal(file, kernel).answer('198.51.100.2', answer).answer('198.51.100.3', answer);

/** A director whose two servers are up and in the table. */
function running(file = web()): Rehearsal {
  const director = both('up', file).pass(1);
  director.said();
  return director;
}

const vip: ServiceName = {
  protocol: 'tcp',
  family: 'ipv4',
  address: { kind: 'address', address: '192.0.2.80', port: 80 },
};
const other: ServiceName = { ...vip, address: { kind: 'address', address: '192.0.2.99', port: 80 } };
const plain = { scheduler: 'wrr', persistence: undefined, onePacket: false, schedulerFlags: '' };
const foreign = { role: 'foreign', label: '' } as const;

const addService = (service: ServiceName): Command => ({ kind: 'add-service', service, settings: plain });
const at = (address: string, weight: number) => ({
  service: vip,
  destination: { address, port: 80 },
  settings: { forwarding: 'dr', weight, thresholds: { lower: 0, upper: 0 } } as const,
  owner: foreign,
});
const add = (address: string, weight: number): Command => ({
  kind: 'add-destination',
  ...at(address, weight),
});
const edit = (address: string, weight: number): Command => ({
  kind: 'edit-destination',
  ...at(address, weight),
  visibility: 'visible',
});
const remove = (address: string): Command => ({ kind: 'delete-destination', ...at(address, 0) });

const table = (...commands: readonly Command[]) => applyCommands(new Map(), commands);

describe('the start', () => {
  test('writes services and fallbacks first, and servers as their checks succeed', () => {
    expect(both('up').pass(1).said()).toMatchInlineSnapshot(`
      "
      +0.000 ipvsadm -R: -A -t 192.0.2.80:80 -s wrr; -a -t 192.0.2.80:80 -x 0 -y 0 -r 127.0.0.1:80 -g -w 1
      +0.050 log Added virtual server: 192.0.2.80:80
      +0.050 log Added fallback server: 127.0.0.1:80 (192.0.2.80:80) (Weight set to 1)
      +0.050 ready
      +0.055 log Resetting soft failure count: 198.51.100.2:80 (tcp:192.0.2.80:80)
      +0.055 log Resetting soft failure count: 198.51.100.3:80 (tcp:192.0.2.80:80)
      +0.075 ipvsadm -R: -a -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1; -a -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2; -d -t 192.0.2.80:80 -r 127.0.0.1:80
      +0.125 log Added real server: 198.51.100.2:80 (192.0.2.80:80) (Weight set to 1)
      +0.125 log Added real server: 198.51.100.3:80 (192.0.2.80:80) (Weight set to 2)
      +0.125 log Deleted fallback server: 127.0.0.1:80 (192.0.2.80:80)
      "
    `);
  });

  test('leaves the fallback alone in the table while no server is up', () => {
    const director = both('down').pass(30);
    expect(director.servers('tcp:192.0.2.80:80')).toEqual(['127.0.0.1:80 1']);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +0.000 ipvsadm -R: -A -t 192.0.2.80:80 -s wrr; -a -t 192.0.2.80:80 -x 0 -y 0 -r 127.0.0.1:80 -g -w 1
      +0.050 log Added virtual server: 192.0.2.80:80
      +0.050 log Added fallback server: 127.0.0.1:80 (192.0.2.80:80) (Weight set to 1)
      +0.050 ready
      "
    `);
  });

  test('keeps servers that serve already, without a gap, and purges strangers', () => {
    const before = table(
      addService(vip),
      add('198.51.100.2', 1),
      add('198.51.100.3', 2),
      add('198.51.100.9', 1),
      addService(other),
    );
    const director = both('up', web(), before).pass(1);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +0.000 ipvsadm -R: -E -t 192.0.2.80:80 -s wrr; -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1; -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2; -d -t 192.0.2.80:80 -r 198.51.100.9:80
      +0.050 log Purged real server (start): 198.51.100.9:80 (192.0.2.80:80)
      +0.050 ready
      "
    `);
    expect(director.kernel.has('tcp:192.0.2.99:80')).toBe(true);
  });

  test('does not believe a server with weight 0', () => {
    const director = both('down', web(), table(addService(vip), add('198.51.100.2', 0))).pass(1);
    expect(director.servers('tcp:192.0.2.80:80')).toEqual(['127.0.0.1:80 1']);
  });

  test('fails when no service can be written, and says why', () => {
    expect(both('up').refuse('-A').pass(1).said()).toMatchInlineSnapshot(`
      "
      +0.000 ipvsadm -R: -A -t 192.0.2.80:80 -s wrr; -a -t 192.0.2.80:80 -x 0 -y 0 -r 127.0.0.1:80 -g -w 1
      +0.050 ipvsadm one by one: -A -t 192.0.2.80:80 -s wrr; -a -t 192.0.2.80:80 -x 0 -y 0 -r 127.0.0.1:80 -g -w 1
      +0.100 log system(ipvsadm -A -t 192.0.2.80:80 -s wrr) failed: Memory allocation problem
      +0.100 log system(ipvsadm -a -t 192.0.2.80:80 -x 0 -y 0 -r 127.0.0.1:80 -g -w 1) failed: Service not defined
      +0.100 exit 1, system(ipvsadm -A -t 192.0.2.80:80 -s wrr) failed: Memory allocation problem, system(ipvsadm -a -t 192.0.2.80:80 -x 0 -y 0 -r 127.0.0.1:80 -g -w 1) failed: Service not defined
      "
    `);
  });

  test('is ready when only a part can be written, and says what not', () => {
    const file = `${web()}virtual = 192.0.2.81:80\n    scheduler = nosuch\n`;
    const director = both('up', file).refuse('-A -t 192.0.2.81:80').pass(1);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +0.000 ipvsadm -R: -A -t 192.0.2.80:80 -s wrr; -a -t 192.0.2.80:80 -x 0 -y 0 -r 127.0.0.1:80 -g -w 1; -A -t 192.0.2.81:80 -s nosuch
      +0.050 log Added virtual server: 192.0.2.80:80
      +0.050 log Added fallback server: 127.0.0.1:80 (192.0.2.80:80) (Weight set to 1)
      +0.050 ipvsadm one by one: -A -t 192.0.2.81:80 -s nosuch
      +0.100 log system(ipvsadm -A -t 192.0.2.81:80 -s nosuch) failed: Memory allocation problem
      +0.100 ready, system(ipvsadm -A -t 192.0.2.81:80 -s nosuch) failed: Memory allocation problem
      +0.105 log Resetting soft failure count: 198.51.100.2:80 (tcp:192.0.2.80:80)
      +0.105 log Resetting soft failure count: 198.51.100.3:80 (tcp:192.0.2.80:80)
      +0.125 ipvsadm -R: -a -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1; -a -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2; -d -t 192.0.2.80:80 -r 127.0.0.1:80; -A -t 192.0.2.81:80 -s nosuch
      +0.175 log Added real server: 198.51.100.2:80 (192.0.2.80:80) (Weight set to 1)
      +0.175 log Added real server: 198.51.100.3:80 (192.0.2.80:80) (Weight set to 2)
      +0.175 log Deleted fallback server: 127.0.0.1:80 (192.0.2.80:80)
      "
    `);
  });

  test('with no section is ready at once', () => {
    expect(new Rehearsal('').pass(1).said()).toMatchInlineSnapshot(`
      "
      +0.000 ready
      "
    `);
  });
});

describe('a server that dies', () => {
  test('leaves the table at its first failure', () => {
    expect(running().answer('198.51.100.2', 'down').pass(10).said()).toMatchInlineSnapshot(`
      "
      +10.080 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.2:80
      +10.130 log Deleted real server: 198.51.100.2:80 (192.0.2.80:80)
      "
    `);
  });

  test('leaves after its timeout when it hangs, and delays no other', () => {
    const director = running(web('negotiatetimeout = 4')).answer('198.51.100.2', 'hangs').pass(40);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +14.075 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.2:80
      +14.125 log Deleted real server: 198.51.100.2:80 (192.0.2.80:80)
      "
    `);
    expect(director.checks.filter((check) => check.includes('198.51.100.3'))).toMatchInlineSnapshot(`
      [
        "+0.050 http 198.51.100.3:80/",
        "+10.055 http 198.51.100.3:80/",
        "+20.060 http 198.51.100.3:80/",
        "+30.065 http 198.51.100.3:80/",
        "+40.070 http 198.51.100.3:80/",
      ]
    `);
  });

  test('and is the last makes place for the fallback', () => {
    const director = running().answer('198.51.100.2', 'down').answer('198.51.100.3', 'down').pass(10);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +10.080 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.2:80; -d -t 192.0.2.80:80 -r 198.51.100.3:80; -a -t 192.0.2.80:80 -x 0 -y 0 -r 127.0.0.1:80 -g -w 1
      +10.130 log Deleted real server: 198.51.100.2:80 (192.0.2.80:80)
      +10.130 log Deleted real server: 198.51.100.3:80 (192.0.2.80:80)
      +10.130 log Added fallback server: 127.0.0.1:80 (192.0.2.80:80) (Weight set to 1)
      "
    `);
  });

  test('softly stays until its failures reach failurecount', () => {
    const director = running(web('failurecount = 3')).answer('198.51.100.2', 'down').pass(20);
    expect(director.servers('tcp:192.0.2.80:80')).toContain('198.51.100.2:80 1');
    expect(director.pass(20).said()).toMatchInlineSnapshot(`
      "
      +10.060 log Soft failure real server: 198.51.100.2:80 (tcp:192.0.2.80:80) failure 1/3
      +20.065 log Soft failure real server: 198.51.100.2:80 (tcp:192.0.2.80:80) failure 2/3
      +30.090 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.2:80
      +30.140 log Deleted real server: 198.51.100.2:80 (192.0.2.80:80)
      "
    `);
  });

  test('softly and comes back is forgiven', () => {
    const director = running(web('failurecount = 2')).answer('198.51.100.2', 'down').pass(10);
    director.answer('198.51.100.2', 'up').pass(10).answer('198.51.100.2', 'down').pass(10);
    expect(director.servers('tcp:192.0.2.80:80')).toContain('198.51.100.2:80 1');
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +10.060 log Soft failure real server: 198.51.100.2:80 (tcp:192.0.2.80:80) failure 1/2
      +20.065 log Resetting soft failure count: 198.51.100.2:80 (tcp:192.0.2.80:80)
      +30.070 log Soft failure real server: 198.51.100.2:80 (tcp:192.0.2.80:80) failure 1/2
      "
    `);
  });

  test('is quiesced where the section says so', () => {
    const director = running(web('quiescent = yes')).answer('198.51.100.2', 'down').pass(10);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +10.080 ipvsadm -R: -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 0
      +10.130 log Quiescent real server: 198.51.100.2:80 (192.0.2.80:80) (Weight set to 0)
      "
    `);
    expect(director.servers('tcp:192.0.2.80:80')).toEqual(['198.51.100.3:80 2', '198.51.100.2:80 0']);
  });

  test('is taken out at once for maintenance, whatever failurecount says', () => {
    const director = running(web('failurecount = 3')).answer('198.51.100.2', 'maintenance').pass(10);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +10.080 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.2:80
      +10.130 log Deleted real server: 198.51.100.2:80 (192.0.2.80:80)
      "
    `);
  });
});

describe('a server that comes back', () => {
  test('is entered before the fallback goes', () => {
    const director = both('down').pass(1);
    director.said();
    expect(director.answer('198.51.100.2', 'up').pass(10).said()).toMatchInlineSnapshot(`
      "
      +10.060 log Resetting soft failure count: 198.51.100.2:80 (tcp:192.0.2.80:80)
      +10.080 ipvsadm -R: -a -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1; -d -t 192.0.2.80:80 -r 127.0.0.1:80
      +10.130 log Added real server: 198.51.100.2:80 (192.0.2.80:80) (Weight set to 1)
      +10.130 log Deleted fallback server: 127.0.0.1:80 (192.0.2.80:80)
      "
    `);
  });

  test('gets its weight again where it was quiesced', () => {
    const director = running(web('quiescent = yes')).answer('198.51.100.3', 'down').pass(10);
    director.said();
    expect(director.answer('198.51.100.3', 'up').pass(10).said()).toMatchInlineSnapshot(`
      "
      +20.065 log Resetting soft failure count: 198.51.100.3:80 (tcp:192.0.2.80:80)
      +20.085 ipvsadm -R: -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2
      +20.135 log Restored real server: 198.51.100.3:80 (192.0.2.80:80) (Weight set to 2)
      "
    `);
  });
});

describe('quiescent', () => {
  test('enters servers without weight at the start', () => {
    const director = both('down', web('quiescent = yes')).pass(1);
    expect(director.servers('tcp:192.0.2.80:80')).toEqual([
      '127.0.0.1:80 1',
      '198.51.100.3:80 0',
      '198.51.100.2:80 0',
    ]);
  });

  test('leaves alone what somebody removed', () => {
    const director = running(web('quiescent = yes')).answer('198.51.100.2', 'down').pass(10);
    director.meddle(remove('198.51.100.2')).pass(30);
    expect(director.servers('tcp:192.0.2.80:80')).toEqual(['198.51.100.3:80 2']);
  });

  test('with readdquiescent enters it again', () => {
    const director = running(`readdquiescent = yes\n${web('quiescent = yes')}`);
    director.answer('198.51.100.2', 'down').pass(10).meddle(remove('198.51.100.2'));
    director.said();
    expect(director.pass(20).said()).toMatchInlineSnapshot(`
      "
      +20.000 ipvsadm -R: -a -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 0
      +20.050 log Readd Quiescent real server: 198.51.100.2:80 (192.0.2.80:80) (Weight set to 0)
      "
    `);
  });
});

describe('a table that somebody else changed', () => {
  test('is put right at the next pass', () => {
    const director = running();
    director.meddle(remove('198.51.100.2'), edit('198.51.100.3', 7), add('198.51.100.9', 1)).pass(10);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +10.000 ipvsadm -R: -a -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1; -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2; -d -t 192.0.2.80:80 -r 198.51.100.9:80
      +10.050 log Added real server: 198.51.100.2:80 (192.0.2.80:80) (Weight set to 1)
      +10.050 log Restored real server: 198.51.100.3:80 (192.0.2.80:80) (Weight set to 2)
      +10.050 log Purged real server (start): 198.51.100.9:80 (192.0.2.80:80)
      "
    `);
  });

  test('is put right when the service itself is gone', () => {
    const director = running().meddle({ kind: 'delete-service', service: vip }).pass(10);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +10.000 ipvsadm -R: -A -t 192.0.2.80:80 -s wrr; -a -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1; -a -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2
      +10.050 log Added virtual server: 192.0.2.80:80
      +10.050 log Added real server: 198.51.100.2:80 (192.0.2.80:80) (Weight set to 1)
      +10.050 log Added real server: 198.51.100.3:80 (192.0.2.80:80) (Weight set to 2)
      "
    `);
  });

  test('is read once a pass, and left alone while it is as wanted', () => {
    expect(running().pass(100).said()).toBe('\n\n');
  });
});

describe('a kernel that refuses', () => {
  test('is asked one by one, reported once, and asked again each pass', () => {
    const director = running()
      .refuse('-d -t 192.0.2.80:80 -r 198.51.100.2')
      .answer('198.51.100.2', 'down')
      .pass(25);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +10.080 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.2:80
      +10.130 ipvsadm one by one: -d -t 192.0.2.80:80 -r 198.51.100.2:80
      +10.180 log system(ipvsadm -d -t 192.0.2.80:80 -r 198.51.100.2:80) failed: Memory allocation problem
      +20.000 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.2:80
      "
    `);
    expect(director.refuse().pass(10).said()).toMatchInlineSnapshot(`
      "
      +30.000 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.2:80
      +30.050 log Deleted real server: 198.51.100.2:80 (192.0.2.80:80)
      "
    `);
  });

  test('in silence is asked twice a pass and no more', () => {
    const director = running().ignore('-d').answer('198.51.100.2', 'down').pass(25);
    expect(director.said().match(/ipvsadm .*/g)).toEqual([
      'ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.2:80',
      'ipvsadm one by one: -d -t 192.0.2.80:80 -r 198.51.100.2:80',
      'ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.2:80',
      'ipvsadm one by one: -d -t 192.0.2.80:80 -r 198.51.100.2:80',
    ]);
  });

  test('what does not show is found out all the same', () => {
    const before = table(addService(vip), add('198.51.100.2', 1), add('198.51.100.3', 2));
    expect(both('up', web(), before).refuse('-e').pass(25).said()).toMatchInlineSnapshot(`
      "
      +0.000 ipvsadm -R: -E -t 192.0.2.80:80 -s wrr; -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1; -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2
      +0.050 ipvsadm one by one: -E -t 192.0.2.80:80 -s wrr; -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1; -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2
      +0.100 log system(ipvsadm -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1) failed: Memory allocation problem
      +0.100 log system(ipvsadm -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2) failed: Memory allocation problem
      +0.100 ready, system(ipvsadm -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1) failed: Memory allocation problem, system(ipvsadm -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2) failed: Memory allocation problem
      +10.000 ipvsadm -R: -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1; -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2
      +20.000 ipvsadm -R: -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.2:80 -g -w 1; -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 2
      "
    `);
  });
});

describe('check types', () => {
  test('on needs no check', () => {
    const director = both('down', web('checktype = on')).pass(30);
    expect(director.servers('tcp:192.0.2.80:80')).toEqual(['198.51.100.3:80 2', '198.51.100.2:80 1']);
    expect(director.checks).toEqual([]);
  });

  test('off uses neither servers nor fallback', () => {
    const director = both('up', web('checktype = off')).pass(30);
    expect(director.servers('tcp:192.0.2.80:80')).toEqual([]);
    expect(director.checks).toEqual([]);
  });

  test('a number connects so many times after each negotiate', () => {
    const director = new Rehearsal(
      'virtual = 192.0.2.80:80\n    real = 198.51.100.2 gate\n    checktype = 2\n',
    );
    director.answer('198.51.100.2', 'up').pass(45).answer('198.51.100.2', 'down').pass(30);
    expect(director.checks.join('\n')).toMatchInlineSnapshot(`
      "+0.050 http 198.51.100.2:80/
      +10.055 connect 198.51.100.2:80
      +20.060 connect 198.51.100.2:80
      +30.065 http 198.51.100.2:80/
      +40.070 connect 198.51.100.2:80
      +50.075 connect 198.51.100.2:80
      +60.080 http 198.51.100.2:80/
      +70.085 http 198.51.100.2:80/"
    `);
  });

  test('a number keeps its place over a reload', () => {
    const file = 'virtual = 192.0.2.80:80\n    real = 198.51.100.2 gate\n    checktype = 5\n';
    const director = new Rehearsal(file).answer('198.51.100.2', 'up').pass(1);
    director.tell({ kind: 'reload-signal' }).pass(1);
    expect(director.checks.map((check) => check.split(' ')[1])).toEqual(['http', 'connect']);
  });

  test('external is told both addresses', () => {
    const file = `${web('checktype = external', 'checkcommand = /bin/probe')}virtual = 7\n    real = 198.51.100.4:8080 gate\n    checktype = external\n    checkcommand = /bin/probe\n`;
    const director = both('up', file).pass(1);
    expect(director.checks.join('\n')).toMatchInlineSnapshot(`
      "+0.050 /bin/probe 192.0.2.80 80 198.51.100.2 80
      +0.050 /bin/probe 192.0.2.80 80 198.51.100.3 80
      +0.050 /bin/probe 7 0 198.51.100.4 8080"
    `);
  });

  test('connect pings where there is nothing to connect to', () => {
    const director = new Rehearsal(
      'virtual = 192.0.2.53:53\n    real = 198.51.100.2 gate\n    checktype = connect\n',
    );
    expect(director.pass(1).checks.map((check) => check.split(' ').slice(1).join(' '))).toEqual([
      'ping 198.51.100.2',
    ]);
  });

  test('equal checks are made once for all who need them', () => {
    const file =
      'virtual = 192.0.2.80:80\n    real = 198.51.100.2 gate\nvirtual = 192.0.2.81:80\n    real = 198.51.100.2 gate 5\n';
    const director = new Rehearsal(file).answer('198.51.100.2', 'up').pass(1);
    expect(director.checks).toHaveLength(1);
    expect(director.servers('tcp:192.0.2.80:80')).toEqual(['198.51.100.2:80 1']);
    expect(director.servers('tcp:192.0.2.81:80')).toEqual(['198.51.100.2:80 5']);
  });

  test('a server rests for checkinterval after each check', () => {
    const director = running().pass(29);
    const times = director.checks
      .filter((check) => check.includes('.2:80'))
      .map((check) => check.split(' ')[0]);
    expect(times).toEqual(['+0.050', '+10.055', '+20.060']);
  });
});

describe('commands and files besides the table', () => {
  test('the fallback command is told once per turn', () => {
    const director = both('down', web('fallbackcommand = /bin/sorry')).pass(25);
    expect(director.said()).toContain('runs /bin/sorry start 192.0.2.80:80 tcp');
    director.answer('198.51.100.2', 'up').pass(10).answer('198.51.100.3', 'up').pass(10);
    expect(director.said().match(/runs .*/g)).toEqual(['runs /bin/sorry stop 192.0.2.80:80 tcp']);
    director.answer('198.51.100.2', 'down').answer('198.51.100.3', 'down').pass(10);
    expect(director.said().match(/runs .*/g)).toEqual(['runs /bin/sorry start 192.0.2.80:80 tcp']);
  });

  test('the fallback command is told nothing while servers that served already go on', () => {
    const before = table(addService(vip), add('198.51.100.2', 1));
    expect(both('up', web('fallbackcommand = f'), before).pass(25).said()).not.toContain('runs');
  });

  test('the fallback command of a mark is told the mark', () => {
    const director = new Rehearsal(
      'virtual = 7\n    real = 198.51.100.2 gate\n    fallbackcommand = f\n',
    ).pass(1);
    expect(director.said()).toContain('runs f start 7 fwm');
  });

  test('each check is a line of the monitor file', () => {
    const director = both('up', web('monitorfile = /var/log/web', 'receive = "OK"')).pass(0.5);
    expect(director.said().match(/monitor .*/g)).toMatchInlineSnapshot(`
      [
        "monitor /var/log/web: negotiate:http:tcp:198.51.100.2:80::80:1:GET:/:OK up 200 OK",
        "monitor /var/log/web: negotiate:http:tcp:198.51.100.3:80::80:2:GET:/:OK up 200 OK",
      ]
    `);
  });

  test('other instances start, reload and stop with this one', () => {
    const director = both('up', `execute = mail.cf\nexecute = dns.cf\n${web()}`).pass(1);
    director.write(`execute = mail.cf\nexecute = ftp.cf\n${web()}`).tell({ kind: 'reload-signal' }).pass(1);
    director.tell({ kind: 'stop-signal', name: 'TERM' }).pass(1);
    expect(director.said().match(/runs .*/g)).toEqual([
      'runs instance mail.cf start',
      'runs instance dns.cf start',
      'runs instance dns.cf stop',
      'runs instance mail.cf reload',
      'runs instance ftp.cf start',
      'runs instance mail.cf stop',
      'runs instance ftp.cf stop',
    ]);
  });
});

describe('a changed configuration file', () => {
  const auto = (file: string) => `autoreload = yes\n${file}`;

  test('is put in force when two looks agree, and touches only what changed', () => {
    const director = running(auto(web()));
    director.write(
      auto(
        web()
          .replace('gate 2', 'gate 5')
          .replace('    fallback', '    real = 198.51.100.4 gate\n    fallback'),
      ),
    );
    director.answer('198.51.100.4', 'up');
    expect(director.pass(3).said()).toMatchInlineSnapshot(`
      "
      +3.000 log Configuration file 'ha.cf' has changed on disk
      +3.000 log  - reread new configuration
      +3.000 ipvsadm -R: -e -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.3:80 -g -w 5
      +3.005 log Resetting soft failure count: 198.51.100.4:80 (tcp:192.0.2.80:80)
      +3.050 log Restored real server: 198.51.100.3:80 (192.0.2.80:80) (Weight set to 5)
      +3.050 ipvsadm -R: -a -t 192.0.2.80:80 -x 0 -y 0 -r 198.51.100.4:80 -g -w 1
      +3.100 log Added real server: 198.51.100.4:80 (192.0.2.80:80) (Weight set to 1)
      "
    `);
  });

  test('takes services and servers out', () => {
    const director = both('up', auto(`${web()}virtual = 192.0.2.81:80\n    real = 198.51.100.2 gate\n`)).pass(
      1,
    );
    director.said();
    director.write(auto(web().replace('    real = 198.51.100.3 gate 2\n', '')));
    expect(director.pass(3).said()).toMatchInlineSnapshot(`
      "
      +3.000 log Configuration file 'ha.cf' has changed on disk
      +3.000 log  - reread new configuration
      +3.000 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.3:80; -d -t 192.0.2.81:80 -r 198.51.100.2:80; -D -t 192.0.2.81:80
      +3.050 log Purged real server (start): 198.51.100.3:80 (192.0.2.80:80)
      +3.050 log Purged real server (start): 198.51.100.2:80 (192.0.2.81:80)
      +3.050 log Purged virtual server (start): 192.0.2.81:80
      "
    `);
  });

  test('is not read while it is being written', () => {
    const director = running(auto(web()));
    director.write(auto('')).pass(1).write(auto(web())).pass(5);
    expect(director.said()).toBe('\n\n');
  });

  test('that is wrong leaves everything as it was', () => {
    const director = running(auto(web()));
    const before = director.kernel;
    director.write('virtual = 192.0.2.80:80\n   real = 198.51.100.9 gate\n').pass(15);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +3.000 log Configuration file 'ha.cf' has changed on disk
      +3.000 log  - reread new configuration
      +3.000 log ha.cf:2:4: error: found an indentation of 3; allowed: none for a global directive, 4 or more (or a tab) in a section
      "
    `);
    expect(director.kernel).toEqual(before);
    expect(director.answer('198.51.100.2', 'down').pass(10).servers('tcp:192.0.2.80:80')).toEqual([
      '198.51.100.3:80 2',
    ]);
  });

  test('is ignored without autoreload, but the callback runs', () => {
    const director = running(`callback = "/bin/sync"\n${web()}`);
    director.write(web('scheduler = rr')).pass(10);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +3.000 log Configuration file 'ha.cf' has changed on disk
      +3.000 log  - ignore new configuration
      +3.000 runs /bin/sync ha.cf
      "
    `);
  });

  test('with autoreload runs the callback too', () => {
    const director = running(auto(`callback = "/bin/sync"\n${web()}`));
    director.write(auto(`callback = "/bin/sync"\n${web('scheduler = rr')}`)).pass(3);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +3.000 log Configuration file 'ha.cf' has changed on disk
      +3.000 log  - reread new configuration
      +3.000 runs /bin/sync ha.cf
      +3.000 ipvsadm -R: -E -t 192.0.2.80:80 -s rr
      +3.050 log Changed virtual server: 192.0.2.80:80
      "
    `);
  });

  test('keeps soft failures and states over a reload', () => {
    const director = running(auto(web('failurecount = 3')))
      .answer('198.51.100.2', 'down')
      .pass(20);
    director.said();
    director.write(auto(web('failurecount = 3', 'scheduler = rr'))).pass(3);
    expect(director.said()).toContain('log Deleted real server: 198.51.100.2:80 (192.0.2.80:80)');
  });

  test('that changes while the table is being written is put in force after it', () => {
    const director = running(web()).answer('198.51.100.2', 'down').pass(9.09);
    expect(director.said()).toContain('ipvsadm -R: -d');
    director.tell({ kind: 'reload-signal' }).write(web('scheduler = rr')).pass(1);
    expect(director.kernel.get('tcp:192.0.2.80:80')?.scheduler).toBe('rr');
  });
});

describe('HUP', () => {
  test('reads the file again, changed or not', () => {
    const director = running().write(web('scheduler = rr')).tell({ kind: 'reload-signal' }).pass(0.5);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +1.000 log Reloading Linux Director Daemon config on signal
      +1.000 ipvsadm -R: -E -t 192.0.2.80:80 -s rr
      +1.050 log Changed virtual server: 192.0.2.80:80
      "
    `);
  });

  test('checks everything anew, and lets go of checks that nobody needs', () => {
    const director = running(web('negotiatetimeout = 8')).answer('198.51.100.2', 'hangs').pass(12);
    director.said();
    director.write(web('checktype = connect')).tell({ kind: 'reload-signal' }).pass(0.5);
    expect(director.said()).toContain('cancels a check');
    expect(director.checks.slice(-2)).toEqual([
      '+13.000 connect 198.51.100.2:80',
      '+13.000 connect 198.51.100.3:80',
    ]);
  });
});

describe('TERM', () => {
  test('takes the services out and ends', () => {
    const director = running().tell({ kind: 'stop-signal', name: 'TERM' }).pass(1);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +1.000 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.3:80; -d -t 192.0.2.80:80 -r 198.51.100.2:80; -D -t 192.0.2.80:80
      +1.050 log Purged real server (stop): 198.51.100.3:80 (192.0.2.80:80)
      +1.050 log Purged real server (stop): 198.51.100.2:80 (192.0.2.80:80)
      +1.050 log Purged virtual server (stop): 192.0.2.80:80
      +1.050 log Linux Director Daemon terminated on signal: TERM
      +1.050 exit 0
      "
    `);
    expect(director.kernel.size).toBe(0);
    expect(director.isStopped).toBe(true);
  });

  test('leaves what cleanstop leaves', () => {
    const director = running(`cleanstop = no\n${web()}virtual = 192.0.2.81:80\n    cleanstop = yes\n`);
    director.tell({ kind: 'stop-signal', name: 'INT' }).pass(1);
    expect([...director.kernel.keys()]).toEqual(['tcp:192.0.2.80:80']);
    expect(director.servers('tcp:192.0.2.80:80')).toHaveLength(2);
  });

  test('leaves services of others', () => {
    const director = running().meddle(addService(other)).tell({ kind: 'stop-signal', name: 'TERM' }).pass(1);
    expect([...director.kernel.keys()]).toEqual(['tcp:192.0.2.99:80']);
  });

  test('while the table is being written waits for that, and then takes everything out', () => {
    const director = running()
      .answer('198.51.100.2', 'down')
      .pass(9.09)
      .tell({ kind: 'stop-signal', name: 'TERM' });
    expect(director.pass(1).kernel.size).toBe(0);
    expect(director.isStopped).toBe(true);
  });

  test('while commands are tried one by one still takes everything out', () => {
    const director = running()
      .refuse('-d -t 192.0.2.80:80 -r 198.51.100.2')
      .answer('198.51.100.2', 'down')
      .pass(9.15);
    expect(director.said()).toContain('one by one');
    director.tell({ kind: 'stop-signal', name: 'TERM' });
    expect(director.pass(1).kernel.size).toBe(0);
  });

  test('before the first table is written ends without being ready', () => {
    const director = both('up').tell({ kind: 'stop-signal', name: 'TERM' }).pass(1);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +0.000 log Linux Director Daemon terminated on signal: TERM
      +0.000 exit 0
      "
    `);
  });

  test('ends also when the kernel keeps a service', () => {
    const director = running().refuse('-D').tell({ kind: 'stop-signal', name: 'TERM' }).pass(1);
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +1.000 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.3:80; -d -t 192.0.2.80:80 -r 198.51.100.2:80; -D -t 192.0.2.80:80
      +1.050 log Purged real server (stop): 198.51.100.3:80 (192.0.2.80:80)
      +1.050 log Purged real server (stop): 198.51.100.2:80 (192.0.2.80:80)
      +1.050 ipvsadm one by one: -D -t 192.0.2.80:80
      +1.100 log system(ipvsadm -D -t 192.0.2.80:80) failed: Memory allocation problem
      +1.100 log Linux Director Daemon terminated on signal: TERM
      +1.100 exit 0
      "
    `);
  });

  test('twice ends at once', () => {
    const director = running()
      .tell({ kind: 'stop-signal', name: 'TERM' })
      .tell({ kind: 'stop-signal', name: 'INT' });
    expect(director.said()).toMatchInlineSnapshot(`
      "
      +1.000 ipvsadm -R: -d -t 192.0.2.80:80 -r 198.51.100.3:80; -d -t 192.0.2.80:80 -r 198.51.100.2:80; -D -t 192.0.2.80:80
      +1.000 exit 1, a second signal, INT, came
      "
    `);
    expect(director.isStopped).toBe(true);
  });
});

describe('a director with nothing to do', () => {
  test('is woken once a second for the file, and for checks and passes', () => {
    const director = running();
    const before = director.steps;
    director.pass(100);
    // 100 looks with an answer each, and every 10 s two checks and a pass with an answer each.
    expect(director.steps - before).toBeLessThanOrEqual(2 * 100 + 10 * 6 + 4);
  });

  test('and a table under way is not woken for it', () => {
    const director = running().answer('198.51.100.2', 'down').pass(9.09);
    const before = director.steps;
    director.pass(0.03);
    expect(director.steps).toBe(before);
  });
});

test('an outcome that nobody waits for changes nothing', () => {
  const director = running();
  director.tell({ kind: 'check-result', run: 999, outcome: { verdict: 'down', message: 'late' } }).pass(1);
  expect(director.said()).toBe('\n\n');
});

test('HUP before the first table is written puts the newer file in force', () => {
  const director = both('up').write(web('scheduler = rr')).tell({ kind: 'reload-signal' }).pass(1);
  expect(director.kernel.get('tcp:192.0.2.80:80')?.scheduler).toBe('rr');
  expect(director.servers('tcp:192.0.2.80:80')).toHaveLength(2);
});

test('a configuration that is loaded before the table is read takes over what serves', () => {
  const parsed = parseConfig(web('scheduler = rr'), 'ha.cf');
  if (!parsed.ok) throw new Error('not readable');
  const director = both('up', web(), table(addService(vip), add('198.51.100.2', 1)));
  director.tell({ kind: 'config-loaded', config: parsed.config, text: '', notes: [] }).pass(1);
  expect(director.said()).not.toContain('-d -t 192.0.2.80:80 -r 198.51.100.2');
  expect(director.kernel.get('tcp:192.0.2.80:80')?.scheduler).toBe('rr');
});
