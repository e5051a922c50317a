import { describe, expect, test } from 'vitest';
import { LabError } from '../errors.ts';
import { type FaultSpec, openFaults } from './fault-board.ts';
import { GroundUnderTest } from './ground-under-test.ts';

function board() {
  const ground = new GroundUnderTest();
  return { ground, faults: openFaults(ground) };
}

/** What a request that is refused says. */
async function refusal(work: Promise<unknown>): Promise<{ readonly code: string; readonly text: string }> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LabError);
  const { code, message } = error as LabError;
  return { code, text: message };
}

describe('injecting and healing', () => {
  test('a powered-off node has no power until it is healed, and comes back with its subject', async () => {
    const { ground, faults } = board();

    const fault = await faults.powerOff('primary');

    expect(fault).toMatchObject({ id: 'f1', description: 'primary powered off' });
    expect(ground.node('primary').machine.hasPower).toBe(false);
    await fault.heal();
    expect(ground.node('primary').machine.hasPower).toBe(true);
    expect(ground.subjectStarts).toEqual(['primary']);
  });

  test('a frozen node goes on when healed', async () => {
    const { ground, faults } = board();
    const fault = await faults.freeze('web1');
    expect(ground.node('web1').machine.isFrozen).toBe(true);

    await fault.heal();

    expect(ground.node('web1').machine.isFrozen).toBe(false);
  });

  test('a clock is stepped, and back by as much', async () => {
    const { ground, faults } = board();
    const fault = await faults.stepClock('web1', -3_600_000);
    expect(fault.description).toBe('clock of web1 stepped by -1 h');
    expect(ground.node('web1').machine.clockMs).toBe(-3_600_000);

    await fault.heal();

    expect(ground.node('web1').machine.clockMs).toBe(0);
  });

  test('an unplugged NIC is out of the machine and comes back', async () => {
    const { ground, faults } = board();
    const fault = await faults.unplug('primary', 'eth1');
    expect([...ground.node('primary').machine.nics]).toEqual(['eth0']);

    await fault.heal();

    expect([...ground.node('primary').machine.nics]).toEqual(['eth0', 'eth1']);
  });

  test('a pulled cable takes the carrier in the node and the port on the wire', async () => {
    const { ground, faults } = board();
    const { machine } = ground.node('primary');
    const fault = await faults.linkDown('primary', 'eth1');
    expect([[...machine.withoutCarrier], [...ground.pulled]]).toEqual([['eth1'], ['primary:eth1']]);

    await fault.heal();

    expect([machine.withoutCarrier.size, ground.pulled.size]).toEqual([0, 0]);
  });

  test('a carrier that cannot be taken leaves the cable plugged in', async () => {
    const { ground, faults } = board();
    ground.node('primary').machine.refusal = new LabError('LAB_COMMAND_FAILED', 'set_link refused');

    expect(await refusal(faults.linkDown('primary', 'eth1'))).toEqual({
      code: 'LAB_COMMAND_FAILED',
      text: 'set_link refused',
    });

    expect([ground.pulled.size, faults.active, ground.story]).toEqual([0, [], []]);
  });

  test('a killed daemon is gone, and the subject is started when healed', async () => {
    const { ground, faults } = board();
    const fault = await faults.kill('primary', 'heartbeat');
    expect(ground.node('primary').machine.processes).toHaveLength(2);

    await fault.heal();

    expect(ground.subjectStarts).toEqual(['primary']);
  });

  test('a stopped daemon is let go on, and the subject is left alone', async () => {
    const { ground, faults } = board();
    const fault = await faults.kill('primary', 'heartbeat', { signal: 'STOP' });

    await fault.heal();

    expect(ground.node('primary').machine.processes.at(-1)).toBe(' 80 /usr/sbin/heartbeat -STOP -CONT');
    expect(ground.subjectStarts).toEqual([]);
  });

  test('a daemon that does not run is an error that names what does', async () => {
    const { faults } = board();
    expect(await refusal(faults.kill('primary', 'hartbeat'))).toEqual({
      code: 'LAB_USAGE',
      text: 'no process on primary is called "hartbeat": did you mean "heartbeat"? known: heartbeat',
    });
  });

  test('wire faults are impairments under the id of the fault', async () => {
    const { ground, faults } = board();

    await faults.cut('ring');
    await faults.block('inside', { from: 'web1', towards: ['primary', 'secondary'] });
    await faults.impair('outside', { towards: 'client', lossPercent: 5, delayMs: 20, rateKbit: 512 });
    await faults.drop('inside', { from: 'web1', match: { arp: { operation: 'reply' } }, nth: 3 });
    await faults.drop('ring', { nth: { from: 3, count: 2 } });

    expect(ground.impairments).toEqual([
      { fault: 'f1', wire: 'ring', effect: { kind: 'cut' } },
      {
        fault: 'f2',
        wire: 'inside',
        from: 'web1',
        towards: ['primary', 'secondary'],
        effect: { kind: 'block' },
      },
      {
        fault: 'f3',
        wire: 'outside',
        towards: 'client',
        effect: { kind: 'degrade', lossPercent: 5, delayMs: 20, rate: { kbitPerSecond: 512 } },
      },
      {
        fault: 'f4',
        wire: 'inside',
        from: 'web1',
        effect: { kind: 'drop' },
        match: { arp: { operation: 'reply' } },
        occurrences: { nth: 3 },
      },
      { fault: 'f5', wire: 'ring', effect: { kind: 'drop' }, occurrences: { from: 3, count: 2 } },
    ]);
    expect(faults.active.map(({ description }) => description)).toEqual([
      'ring cut',
      'inside blocked from web1 towards primary and secondary',
      'outside impaired towards client: loss 5 %, delay 20 ms, rate 512 kbit/s',
      'inside drops frame 3 from web1 with arp.operation=reply',
      'ring drops bytes 3 to 4',
    ]);
  });

  test('a partition cuts every pair of groups, and is healed as one', async () => {
    const { ground, faults } = board();

    const fault = await faults.partition('inside', [['primary'], ['secondary', 'web1'], ['web2']]);

    expect(ground.impairments.map(({ from, towards }) => [from, towards])).toEqual([
      [['primary'], ['secondary', 'web1']],
      [['primary'], ['web2']],
      [['secondary', 'web1'], ['web2']],
    ]);
    await fault.heal();
    expect(ground.impairments).toEqual([]);
  });

  test('a partition that breaks off in the middle leaves nothing', async () => {
    const { ground, faults } = board();
    const { impair } = ground.wires;
    let calls = 0;
    ground.wires.impair = async (impairment) => {
      calls += 1;
      if (calls === 2) throw new LabError('LAB_WIRES_GONE', 'the wires are gone');
      return impair(impairment);
    };

    expect((await refusal(faults.partition('inside', [['primary'], ['web1'], ['web2']]))).code).toBe(
      'LAB_WIRES_GONE',
    );

    expect([ground.impairments, faults.active, ground.story]).toEqual([[], [], []]);
  });

  test('a fault as data is the fault of the method', async () => {
    const { ground, faults } = board();
    const spec: FaultSpec = { fault: 'block', wire: 'ring', from: 'primary' };

    await faults.inject(spec);
    await faults.block('ring', { from: 'primary' });
    await faults.injectWords(['block', 'ring', '--from', 'primary']);

    expect(ground.impairments.map(({ fault: _, ...rest }) => rest)).toEqual(
      Array.from({ length: 3 }, () => ({ wire: 'ring', from: 'primary', effect: { kind: 'block' } })),
    );
  });
});

describe('the trace', () => {
  test('holds the start as the wires stamped it and the end as they did', async () => {
    const { ground, faults } = board();
    ground.nowNs = 1000;

    const fault = await faults.cut('outside');
    ground.nowNs = 2000;
    await fault.heal();

    expect(fault.injectedAt).toBe(1001);
    expect(ground.events).toEqual([
      { kind: 'fault', at: 1001, id: 'f1', change: 'start', description: 'outside cut' },
      { kind: 'fault', at: 2001, id: 'f1', change: 'end', description: 'outside cut' },
    ]);
  });

  test('holds nothing of a fault that was refused', async () => {
    const { ground, faults } = board();
    await refusal(faults.cut('nowhere'));
    expect(ground.events).toEqual([]);
  });
});

describe('faults that depend on each other', () => {
  test('a node without power can be neither frozen nor powered off again', async () => {
    const { faults } = board();
    await faults.powerOff('web1');

    const expected = { code: 'LAB_USAGE', text: 'web1 powered off (fault f1): heal that first' };
    expect(await refusal(faults.freeze('web1'))).toEqual(expected);
    expect(await refusal(faults.powerOff('web1'))).toEqual(expected);
    expect(await refusal(faults.stepClock('web1', 5))).toEqual(expected);
  });

  test('a machine that ended by itself is told from one that a fault took the power of', async () => {
    const { ground, faults } = board();
    ground.node('web1').machine.hasPower = false;
    expect(await refusal(faults.powerOff('web1'))).toEqual({
      code: 'LAB_NOT_RUNNING',
      text: 'web1 has no power, and no fault took it: its machine ended by itself',
    });
  });

  test('pulling the plug ends what lived in the machine, and healing that later does nothing', async () => {
    const { ground, faults } = board();
    const clock = await faults.stepClock('web1', 5000);
    const frozen = await faults.freeze('web1');
    await faults.unplug('primary', 'eth1');

    const power = await faults.powerOff('web1');

    expect(ground.story).toEqual(['+f1', '+f2', '+f3', '+f4', '-f1', '-f2']);
    expect(faults.active.map(({ id }) => id)).toEqual(['f3', 'f4']);
    await power.heal();
    await clock.heal();
    await frozen.heal();
    expect(ground.node('web1').machine.clockMs).toBe(0);
  });

  test('a card that is out stays out over a power cut, and can be put in while the power is off', async () => {
    const { ground, faults } = board();
    const card = await faults.unplug('web1', 'eth0');
    const power = await faults.powerOff('web1');

    await card.heal();
    await power.heal();

    expect([...ground.node('web1').machine.nics].toSorted()).toEqual(['eth0', 'eth1']);
  });

  test('one cable is not pulled twice, another one is', async () => {
    const { faults } = board();
    await faults.linkDown('primary', 'eth0');

    expect((await refusal(faults.linkDown('primary', 'eth0'))).text).toBe(
      'cable of eth0 of primary pulled already: fault f1',
    );
    await faults.linkDown('primary', 'eth1');
    await faults.linkDown('secondary', 'eth0');
  });

  test('what needs the node to execute is not healed while it is frozen', async () => {
    const { ground, faults } = board();
    const clock = await faults.stepClock('web1', 5000);
    const frozen = await faults.freeze('web1');

    expect((await refusal(clock.heal())).text).toBe(
      'fault f1 cannot be healed while web1 frozen: heal f2 first',
    );

    await frozen.heal();
    await clock.heal();
    expect(ground.node('web1').machine.clockMs).toBe(0);
  });
});

describe('healing', () => {
  test('all faults go, the last first', async () => {
    const { ground, faults } = board();
    await faults.stepClock('web1', 5000);
    await faults.freeze('web1');
    await faults.cut('outside');

    await faults.healAll();

    expect(ground.story).toEqual(['+f1', '+f2', '+f3', '-f3', '-f2', '-f1']);
    expect(faults.active).toEqual([]);
  });

  test('goes on past one that fails: the first error comes first, and what failed stays active', async () => {
    const { ground, faults } = board();
    await faults.freeze('web1');
    await faults.cut('outside');
    await faults.freeze('web2');
    ground.node('web1').machine.refusal = new LabError('LAB_NODE_GONE', 'web1 is gone');
    ground.node('web2').machine.refusal = new LabError('LAB_NODE_GONE', 'web2 is gone');

    const error = await faults.healAll().catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(SuppressedError);
    const { suppressed, error: later } = error as SuppressedError;
    expect([suppressed.message, later.message]).toEqual(['web2 is gone', 'web1 is gone']);
    expect(faults.active.map(({ id }) => id)).toEqual(['f1', 'f3']);
    await faults.healAll();
    expect(faults.active).toEqual([]);
  });

  test('a second time does nothing', async () => {
    const { ground, faults } = board();
    const fault = await faults.cut('ring');
    await fault.heal();
    await fault.heal();
    expect(ground.story).toEqual(['+f1', '-f1']);
  });

  test('of an unknown id says which there are', async () => {
    const { faults } = board();
    expect((await refusal(faults.heal('f1'))).text).toBe('no fault is active, so there is no "f1"');
    await faults.cut('ring');
    expect((await refusal(faults.heal('ff1'))).text).toBe(
      'no active fault is called "ff1": did you mean "f1"? known: f1',
    );
  });
});

describe('bad requests', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      'powr-off web1',
      'no fault is called "powr-off": did you mean "power-off"? known: power-off, freeze, kill, unplug, link-down, cut, block, impair, drop, partition, step-clock',
    ],
    ['power-off', 'power-off: NODE is missing: a node (client, primary, secondary, web1, web2)'],
    [
      'power-off wbe1',
      'power-off: no node is called "wbe1": did you mean "web1"? known: client, primary, secondary, web1, web2',
    ],
    ['power-off web1 web2', 'power-off: nothing is wanted after that: found "web2"'],
    ['power-off web1 --hard', 'power-off: there are no options: found --hard'],
    ['unplug web1 eth7', 'unplug: no NIC of web1 is called "eth7": did you mean "eth0"? known: eth0'],
    [
      'block ring',
      'block: a sender (from), a receiver (towards) or both are wanted: without either it is a cut',
    ],
    [
      'block inside --from client',
      'block: no node on inside is called "client"; known: primary, secondary, web1, web2',
    ],
    [
      'block ring --form primary',
      'block: no option is called "--form": did you mean "--from"? known: --from, --towards',
    ],
    ['cut ring --from primary --from secondary', 'cut: --from is given twice'],
    [
      'cut ring --from',
      'cut: --from is given nothing: who sent it; default: everybody on the wire\ncut: --from is "": a node or a list of nodes is wanted',
    ],
    [
      'impair inside',
      'impair: at least one of loss, delay, jitter, duplicate, reorder, corrupt and rate is wanted',
    ],
    [
      'impair insde --loss 101 --delay -1s --rate 0',
      [
        'impair: no segment or line is called "insde": did you mean "inside"? known: outside, inside, ring',
        'impair: --loss is 101: a percentage from 0 to 100 is wanted',
        'impair: --delay is -1000: a length of time such as 250ms, 1.5s or 2min is wanted',
        'impair: --rate is 0: a number above 0 is wanted',
      ].join('\n'),
    ],
    [
      'impair ring --reorder 5',
      'impair: reorder is not possible on ring: on a line there are loss, delay, jitter and corrupt',
    ],
    ['drop inside', 'drop: match, nth or both are wanted: without either it is a block or a cut'],
    [
      'drop ring --match udp',
      'drop: match is not possible on ring: a line carries bytes, which nth selects by their position',
    ],
    [
      'drop inside --nth 5-3',
      'drop: --nth is {"from":5,"count":-1}: a whole number from 1, or a range such as 3-5 or 3-, is wanted',
    ],
    ['partition inside primary,web1', 'partition: two groups of nodes or more are wanted: found 1'],
    ['partition inside primary,web1 web1', 'partition: web1 is in the groups twice'],
    ['partition ring primary secondary', 'partition: no segment is called "ring"; known: outside, inside'],
    [
      'step-clock web1 0',
      'step-clock: TIME is 0: a length of time other than 0, such as 250ms, -1.5s, 2min or 1h, is wanted',
    ],
    ['kill primary heartbeat --signal INT', 'kill: --signal is "INT": KILL or TERM or STOP is wanted'],
  ];

  test.for(cases)('%s', async ([words, text]) => {
    const { ground, faults } = board();
    expect(await refusal(faults.injectWords(words.split(' ')))).toEqual({ code: 'LAB_USAGE', text });
    expect([ground.events, ground.impairments]).toEqual([[], []]);
  });

  test('a call says the same with the names of its parts', async () => {
    const { faults } = board();
    expect((await refusal(faults.impair('inside', { lossPercent: 101 }))).text).toBe(
      'impair: lossPercent is 101: a percentage from 0 to 100 is wanted',
    );
  });
});

describe('words of a command line', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['step-clock web1 -90s', 'clock of web1 stepped by -90 s'],
    [
      'impair inside --loss=2.5% --jitter 5 --from web1,web2',
      'inside impaired from web1 and web2: loss 2.5 %, jitter 5 ms',
    ],
    ['partition inside primary,web1 secondary', 'inside partitioned: primary web1 | secondary'],
    [
      'drop inside --match tcp.destinationPort=80,tcp.flags=syn+ack --nth 3-',
      'inside drops frames from 3 on with tcp.destinationPort=80,tcp.flags=syn+ack',
    ],
    ['drop inside --from primary:eth1 --match icmp', 'inside drops every frame from primary:eth1 with icmp'],
    ['block ring --towards secondary', 'ring blocked towards secondary'],
  ];

  test.for(cases)('%s', async ([words, description]) => {
    const { faults } = board();
    const fault = await faults.injectWords(words.split(' '));
    expect(fault.description).toBe(description);
  });
});
