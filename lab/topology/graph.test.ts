import { describe, expect, test } from 'vitest';
import { lvsDr } from '../../topologies/lvs-dr.ts';
import { lvsDrRouted } from '../../topologies/lvs-dr-routed.ts';
import { seededRandom } from '../wires/impairments/random.ts';
import { defineTopology, type Topology } from './define.ts';
import { readDrawing } from './drawing/read-drawing.ts';
import { drawTopology } from './graph.ts';
import { planLab } from './plan.ts';
import { TopologyError } from './problem.ts';
import { randomTopology } from './random-topology.ts';

const on = <S extends string>(segment: S, address: string) => ({ segment, address });

const pair = defineTopology({
  name: 'lvs-nat-pair',
  segments: { outside: { ipv4: '203.0.113.0/24' }, inside: { ipv4: '198.51.100.0/24' } },
  lines: { ring: { kind: 'null-modem', baud: 19_200 } },
  nodes: {
    client: { role: 'client', nics: { eth0: on('outside', '203.0.113.10') } },
    primary: {
      role: 'director',
      nics: { eth0: on('outside', '203.0.113.2'), eth1: on('inside', '198.51.100.2') },
      serial: { ttyS1: 'ring' },
    },
    router: {
      role: 'router',
      nics: { eth0: on('outside', '203.0.113.1'), eth1: on('inside', '198.51.100.1') },
    },
    secondary: {
      role: 'director',
      nics: { eth0: on('outside', '203.0.113.3'), eth1: on('inside', '198.51.100.3') },
      serial: { ttyS1: 'ring' },
    },
    web1: { role: 'realServer', nics: { eth0: on('inside', '198.51.100.21') } },
    web2: { role: 'realServer', nics: { eth0: on('inside', '198.51.100.22') } },
  },
  services: {
    web: {
      vip: '203.0.113.80',
      protocol: 'tcp',
      port: 80,
      scheduler: 'wlc',
      forwarding: 'nat',
      director: ['primary', 'secondary'],
      realServers: [{ node: 'web1' }, { node: 'web2', weight: 3, port: 8080 }],
    },
    dns: {
      vip: '203.0.113.80',
      protocol: 'udp',
      port: 53,
      scheduler: 'rr',
      forwarding: 'nat',
      director: 'primary',
      realServers: [{ node: 'web2' }],
    },
  },
});

/** Four segments, a node that reaches past one it is not on, three cables in a ring. */
const storagePair = defineTopology({
  name: 'storage',
  segments: {
    disks: { ipv4: '10.1.0.0/16', mtu: 9000 },
    outside: { ipv4: '203.0.113.0/24' },
    middle: { ipv4: '198.51.100.0/24' },
    inside: { ipv4: '192.0.2.0/24' },
  },
  lines: {
    ring: { kind: 'null-modem', baud: 19_200 },
    second: { kind: 'null-modem', baud: 9600 },
    third: { kind: 'null-modem', baud: 9600 },
  },
  nodes: {
    client: { role: 'client', nics: { eth0: on('outside', '203.0.113.10') } },
    fw: {
      role: 'router',
      nics: {
        eth0: on('outside', '203.0.113.1'),
        eth1: on('middle', '198.51.100.1'),
        eth2: on('disks', '10.1.0.1'),
      },
    },
    first: {
      role: 'director',
      nics: { eth0: on('middle', '198.51.100.2'), eth1: on('inside', '192.0.2.2') },
      serial: { ttyS1: 'ring', ttyS2: 'second' },
    },
    other: {
      role: 'director',
      nics: { eth0: on('middle', '198.51.100.3'), eth1: on('inside', '192.0.2.3') },
      serial: { ttyS1: 'ring', ttyS2: 'third' },
    },
    last: {
      role: 'director',
      nics: { eth0: on('middle', '198.51.100.4'), eth1: on('inside', '192.0.2.4') },
      serial: { ttyS1: 'second', ttyS2: 'third' },
    },
    web1: { role: 'realServer', nics: { eth0: on('inside', '192.0.2.21'), eth1: on('disks', '10.1.0.21') } },
    disk1: { role: 'storage', nics: { eth0: on('disks', '10.1.0.31') } },
    disk2: { role: 'storage', nics: { eth0: on('disks', '10.1.0.32'), eth1: on('disks', '10.1.1.32') } },
  },
});

const dozen: Topology = {
  name: 'dozen',
  segments: { lan: { ipv4: '203.0.113.0/24' } },
  nodes: Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [
      `web${index + 1}`,
      { role: 'realServer', nics: { eth0: on('lan', `203.0.113.${21 + index}`) } },
    ]),
  ),
};

/** What a faithful drawing of a topology says. */
function expectFaithful(topology: Topology, drawing: string, label: string): void {
  const plan = planLab(topology);
  const { boxes, wires, cables } = readDrawing(drawing);
  expect([...boxes.keys()].toSorted(), label).toEqual(plan.nodes.map(({ name }) => name).toSorted());
  const planned = plan.nodes.flatMap(({ name, nics }) => nics.map(({ segment }) => `${name} ${segment}`));
  expect(wires.toSorted(), label).toEqual(planned.toSorted());
  for (const { name, nics, serial } of plan.nodes) {
    const text = boxes.get(name)!.join('\n');
    for (const { name: nic, address } of nics) {
      expect(text, `${label}, ${name}`).toMatch(
        new RegExp(`^${nic} .*\\.${address.split('.').at(-1)}$`, 'm'),
      );
    }
    for (const { port } of serial) expect(text, `${label}, ${name}`).toContain(port);
  }
  for (const { ends, label: text } of cables) {
    const between = plan.lines.filter((line) => line.ends.every(({ node }) => ends.includes(node)));
    expect(new Set(ends).size, label).toBe(2);
    if (text === '') expect(between.length, label).toBeGreaterThan(0);
    else
      expect(
        between.map(({ name }) => name),
        label,
      ).toContain(text);
  }
  for (const { name, ends } of plan.lines) {
    const [left, right] = ends;
    expect(drawing, label).toContain(`${left.node} ${left.port} ══ ${right.port} ${right.node}`);
    expect(drawing, label).toMatch(new RegExp(`^ ${name} `, 'm'));
  }
}

const widthOf = (drawing: string) => Math.max(...drawing.split('\n').map((line) => [...line].length));

describe('drawTopology', () => {
  test('draws one segment as a bus with its nodes', () => {
    expect(`\n${drawTopology(lvsDr)}\n`).toMatchInlineSnapshot(`
      "
      lvs-dr

       lan  203.0.113.0/24
      ━━━━━━━┯━━━━━━━━━━━━━┯━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━
       ┌─────┴────┐  ┌─────┴────┐  ┌──────┴──────┐  ┌──────┴──────┐
       │ client   │  │ director │  │ web1        │  │ web2        │
       │ client   │  │ director │  │ real server │  │ real server │
       │ eth0 .10 │  │ eth0 .2  │  │ eth0 .21    │  │ eth0 .22    │
       └──────────┘  └──────────┘  └─────────────┘  └─────────────┘

       web  203.0.113.80:80 tcp  rr  DR  on lan by director
            ├─ web1  203.0.113.21:80  weight 1
            └─ web2  203.0.113.22:80  weight 1
      "
    `);
  });

  test('draws a router between two segments', () => {
    expect(`\n${drawTopology(lvsDrRouted)}\n`).toMatchInlineSnapshot(`
      "
      lvs-dr-routed

       outside  198.51.100.0/24
      ━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
       ┌──────────┴─────────┐  ┌─────────┴─────────┐
       │ client             │  │ router            │
       │ client             │  │ router            │
       │ eth0 198.51.100.10 │  │ eth0 198.51.100.1 │
       │                    │  │ eth1 203.0.113.1  │
       └────────────────────┘  └─────────┬─────────┘
       inside  203.0.113.0/24            │
      ━━━━━━━━━━━┯━━━━━━━━━━━━━━━━━━━━━┯━┷━━━━━━━━━━━━━━━━━━━━┯━━━━━━━━━━━
       ┌─────────┴────────┐  ┌─────────┴─────────┐  ┌─────────┴─────────┐
       │ director         │  │ web1              │  │ web2              │
       │ director         │  │ real server       │  │ real server       │
       │ eth0 203.0.113.2 │  │ eth0 203.0.113.21 │  │ eth0 203.0.113.22 │
       └──────────────────┘  └───────────────────┘  └───────────────────┘

       web  203.0.113.80:80 tcp  rr  DR  on inside by director
            ├─ web1  203.0.113.21:80  weight 1
            └─ web2  203.0.113.22:80  weight 1
      "
    `);
  });

  test('draws a null-modem cable between its two nodes, which stand together', () => {
    expect(`\n${drawTopology(pair)}\n`).toMatchInlineSnapshot(`
      "
      lvs-nat-pair

       outside  203.0.113.0/24
      ━━━━━━━┯━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━┯━━━━━━
       ┌─────┴────┐  ┌─────┴────┐        ┌─────┴─────┐  ┌────┴────┐
       │ client   │  │ primary  │        │ secondary │  │ router  │
       │ client   │  │ director │        │ director  │  │ router  │
       │ eth0 .10 │  │ eth0 .2  │        │ eth0 .3   │  │ eth0 .1 │
       │          │  │ eth1 .2  │        │ eth1 .3   │  │ eth1 .1 │
       │          │  │    ttyS1 ╞═ ring ═╡ ttyS1     │  │         │
       └──────────┘  └─────┬────┘        └─────┬─────┘  └────┬────┘
       inside              │ 198.51.100.0/24   │             │
      ━━━━━━━━┯━━━━━━━━━━━━┷━━━┯━━━━━━━━━━━━━━━┷━━━━━━━━━━━━━┷━━━━━━
       ┌──────┴──────┐  ┌──────┴──────┐
       │ web1        │  │ web2        │
       │ real server │  │ real server │
       │ eth0 .21    │  │ eth0 .22    │
       └─────────────┘  └─────────────┘

       ring  primary ttyS1 ══ ttyS1 secondary  null modem, 19200 baud

       web  203.0.113.80:80 tcp  wlc  NAT  on outside by primary or secondary
            ├─ web1  198.51.100.21:80    weight 1
            └─ web2  198.51.100.22:8080  weight 3

       dns  203.0.113.80:53 udp  rr  NAT  on outside by primary
            └─ web2  198.51.100.22:53  weight 1
      "
    `);
  });

  test('draws four segments, a wire past a segment, and three cables', () => {
    expect(`\n${drawTopology(storagePair)}\n`).toMatchInlineSnapshot(`
      "
      storage

       outside  203.0.113.0/24
      ━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
       ┌─────┴────┐  ┌────────┴────────┐
       │ client   │  │ fw              │
       │ client   │  │ router          │
       │ eth0 .10 │  │ eth0 outside .1 │
       │          │  │ eth1 middle .1  │
       │          │  │ eth2 disks .0.1 │
       └──────────┘  └─────┬─────┬─────┘
                           │     │ disks  10.1.0.0/16  MTU 9000
      ━━━━━━━━┯━━━━━━━━━━━━┷━━━━━│━━━━━┯━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━━━━━
       ┌──────┴─────┐            │ ┌───┴────┴───┐  ┌─────────┴────────┐
       │ disk1      │            │ │ disk2      │  │ web1             │
       │ storage    │            │ │ storage    │  │ real server      │
       │ eth0 .0.31 │            │ │ eth0 .0.32 │  │ eth0 inside .21  │
       │            │            │ │ eth1 .1.32 │  │ eth1 disks .0.21 │
       └────────────┘            │ └────────────┘  └─────────┬────────┘
       middle  198.51.100.0/24   │                           │
      ━━━━━━━━━━┯━━━━━━━━━━━━━━━━┷━━━━━━━━┯━━━━━━━━━━━━━━━━━━│━━━━━━━━━━┯━━━━━━━━━
       ┌────────┴───────┐        ┌────────┴───────┐          │ ┌────────┴───────┐
       │ first          │        │ other          │          │ │ last           │
       │ director       │        │ director       │          │ │ director       │
       │ eth0 middle .2 │        │ eth0 middle .3 │          │ │ eth0 middle .4 │
       │ eth1 inside .2 │        │ eth1 inside .3 │          │ │ eth1 inside .4 │
       │                │        │          ttyS2 ╞══ third ═╪═╡ ttyS2          │
       │ ttyS2          │        │                │          │ │ ttyS1          │
       │          ttyS1 ╞═ ring ═╡ ttyS1          │          │ │                │
       └────────┬─────╥─┘        └────────┬───────┘          │ └─╥──────┬───────┘
                │     ╚═══════════════════╪ second ══════════╪═══╝      │
                │ inside  192.0.2.0/24    │                  │          │
      ━━━━━━━━━━┷━━━━━━━━━━━━━━━━━━━━━━━━━┷━━━━━━━━━━━━━━━━━━┷━━━━━━━━━━┷━━━━━━━━━

       ring    first ttyS1 ══ ttyS1 other  null modem, 19200 baud
       second  first ttyS2 ══ ttyS1 last   null modem, 9600 baud
       third   other ttyS2 ══ ttyS2 last   null modem, 9600 baud
      "
    `);
  });

  test('folds the bus of a segment with too many nodes', () => {
    expect(`\n${drawTopology(dozen)}\n`).toMatchInlineSnapshot(`
      "
      dozen

       lan  203.0.113.0/24
      ━━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━┓
       ┌──────┴──────┐  ┌──────┴──────┐  ┌──────┴──────┐  ┌──────┴──────┐ ┃
       │ web1        │  │ web2        │  │ web3        │  │ web4        │ ┃
       │ real server │  │ real server │  │ real server │  │ real server │ ┃
       │ eth0 .21    │  │ eth0 .22    │  │ eth0 .23    │  │ eth0 .24    │ ┃
       └─────────────┘  └─────────────┘  └─────────────┘  └─────────────┘ ┃
      ━━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━┫
       ┌──────┴──────┐  ┌──────┴──────┐  ┌──────┴──────┐  ┌──────┴──────┐ ┃
       │ web5        │  │ web6        │  │ web7        │  │ web8        │ ┃
       │ real server │  │ real server │  │ real server │  │ real server │ ┃
       │ eth0 .25    │  │ eth0 .26    │  │ eth0 .27    │  │ eth0 .28    │ ┃
       └─────────────┘  └─────────────┘  └─────────────┘  └─────────────┘ ┃
      ━━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━┯━━━━━━━━┛
       ┌──────┴──────┐  ┌──────┴──────┐  ┌──────┴──────┐  ┌──────┴──────┐
       │ web9        │  │ web10       │  │ web11       │  │ web12       │
       │ real server │  │ real server │  │ real server │  │ real server │
       │ eth0 .29    │  │ eth0 .30    │  │ eth0 .31    │  │ eth0 .32    │
       └─────────────┘  └─────────────┘  └─────────────┘  └─────────────┘
      "
    `);
  });

  test('draws in ASCII', () => {
    expect(`\n${drawTopology(storagePair, { unicode: false })}\n`).toMatchInlineSnapshot(`
      "
      storage

       outside  203.0.113.0/24
      =======+================+===================================================
       +-----+----+  +--------+--------+
       | client   |  | fw              |
       | client   |  | router          |
       | eth0 .10 |  | eth0 outside .1 |
       |          |  | eth1 middle .1  |
       |          |  | eth2 disks .0.1 |
       +----------+  +-----+-----+-----+
                           |     | disks  10.1.0.0/16  MTU 9000
      ========+============+=====|=====+====+================+====================
       +------+-----+            | +---+----+---+  +---------+--------+
       | disk1      |            | | disk2      |  | web1             |
       | storage    |            | | storage    |  | real server      |
       | eth0 .0.31 |            | | eth0 .0.32 |  | eth0 inside .21  |
       |            |            | | eth1 .1.32 |  | eth1 disks .0.21 |
       +------------+            | +------------+  +---------+--------+
       middle  198.51.100.0/24   |                           |
      ==========+================+========+==================|==========+=========
       +--------+-------+        +--------+-------+          | +--------+-------+
       | first          |        | other          |          | | last           |
       | director       |        | director       |          | | director       |
       | eth0 middle .2 |        | eth0 middle .3 |          | | eth0 middle .4 |
       | eth1 inside .2 |        | eth1 inside .3 |          | | eth1 inside .4 |
       |                |        |          ttyS2 ### third #### ttyS2          |
       | ttyS2          |        |                |          | | ttyS1          |
       |          ttyS1 ## ring ## ttyS1          |          | |                |
       +--------+-----#-+        +--------+-------+          | +-#------+-------+
                |     ##################### second ###############      |
                | inside  192.0.2.0/24    |                  |          |
      ==========+=========================+==================+==========+=========

       ring    first ttyS1 ## ttyS1 other  null modem, 19200 baud
       second  first ttyS2 ## ttyS1 last   null modem, 9600 baud
       third   other ttyS2 ## ttyS2 last   null modem, 9600 baud
      "
    `);
  });

  test('ASCII has the same layout and only ASCII characters', () => {
    for (const topology of [lvsDr, lvsDrRouted, pair, storagePair, dozen]) {
      const ascii = drawTopology(topology, { unicode: false });
      const lengths = (drawing: string) => drawing.split('\n').map((line) => [...line].length);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is checked
      expect(ascii).toMatch(/^[\x0a\x20-\x7e]*$/);
      expect(lengths(ascii)).toEqual(lengths(drawTopology(topology)));
    }
  });

  test('colours nothing but adds escape sequences, and closes each', () => {
    const coloured = drawTopology(lvsDr, { colour: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is checked
    expect(coloured.replaceAll(/\x1b\[[0-9;]*m/g, '')).toBe(drawTopology(lvsDr));
    expect(coloured).toContain('\x1b[1;33mdirector\x1b[0m');
    for (const line of coloured.split('\n')) {
      expect(line.lastIndexOf('\x1b[0m')).toBeGreaterThanOrEqual(line.lastIndexOf('\x1b['));
    }
  });

  test('says as much as the width allows', () => {
    expect(drawTopology(pair, { width: 200 })).toContain('│ eth1 198.51.100.2 │');
    expect(drawTopology(pair, { width: 90 })).toContain('│ eth1 inside .2  │');
    expect(drawTopology(pair, { width: 80 })).toContain('│ eth1 .2  │');
    expect(drawTopology(pair, { width: 60 })).toContain('━┓\n');
  });

  test('has no blanks at the ends of lines and no line feed at the end', () => {
    for (const topology of [lvsDr, lvsDrRouted, pair, storagePair, dozen]) {
      expect(drawTopology(topology)).not.toMatch(/ $/m);
      expect(drawTopology(topology).endsWith('\n')).toBe(false);
    }
  });

  test('refuses a topology with problems', () => {
    expect(() => drawTopology({ ...lvsDr, name: 'No Name' })).toThrow(TopologyError);
  });
});

const { LAB_SEED = '1' } = process.env;
const seed = Number(LAB_SEED);
const random = seededRandom(seed, 'drawings');
const topologies = Array.from({ length: 60 }, () => randomTopology(random));

describe(`drawings of 60 random topologies of seed ${seed}`, () => {
  test.for([60, 80, 200])('say what the topology says, in %i columns', (width) => {
    for (const [index, topology] of topologies.entries()) {
      expectFaithful(topology, drawTopology(topology, { width }), `topology ${index}`);
    }
  });

  test('fit into 80 columns, nine times out of ten', () => {
    const tooWide = topologies.filter((topology) => widthOf(drawTopology(topology)) > 80);
    // Wires that pass a band take columns from its boxes; with enough of them there is no way.
    expect(tooWide.length).toBeLessThanOrEqual(topologies.length * 0.1);
  });
});

describe('readDrawing', () => {
  const drawing = drawTopology(pair);

  test('tells a drawing from a spoilt one', () => {
    expectFaithful(pair, drawing, 'pair');
    for (const [whole, spoilt] of [
      ['┷', '━'],
      ['┬', '─'],
      ['╡ ttyS1', '│ ttyS1'],
      ['┌', ' '],
      ['outside  2', 'outsid  2'],
    ] as const) {
      expect(() => expectFaithful(pair, drawing.replace(whole, spoilt), 'spoilt'), whole).toThrow();
    }
  });
});
