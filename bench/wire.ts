import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Lab } from '../lab/lab.ts';
import type { MachineRoom } from '../lab/machine-room.ts';
import { nicProperties } from '../lab/nodes/qemu/command-line.ts';
import { type Golden, goldenMachine } from '../lab/nodes/qemu/golden.ts';
import { launchQemu, type QemuProcess } from '../lab/nodes/qemu/process.ts';
import { createRunDirectory } from '../lab/run-directory.ts';
import { defineTopology } from '../lab/topology/define.ts';
import { planLab } from '../lab/topology/plan.ts';
import { type BenchLine, figures, ratio } from './measure.ts';

/*
 * The recording wire against QEMU's own link: the same two guests, once joined by `-netdev socket`, once by
 * a segment that records every frame. The load is one TCP stream, and both ends run under emulation.
 */

const pair = defineTopology({
  name: 'bench-pair',
  segments: { lan: { ipv4: '203.0.113.0/24' } },
  nodes: {
    left: { role: 'client', nics: { eth0: { segment: 'lan', address: '203.0.113.10' } } },
    right: { role: 'client', nics: { eth0: { segment: 'lan', address: '203.0.113.20' } } },
  },
});

const megabytes = 100;
const port = 5001;
const rounds = 3;

export async function benchWire(room: MachineRoom): Promise<readonly BenchLine[]> {
  const golden = await room.golden(256);
  const direct: number[] = [];
  const recorded: number[] = [];
  let cpuPerFrame = 0;
  for (let round = 0; round < rounds; round += 1) {
    direct.push(await overSocketLink(golden));
    const { seconds, cpuMicroseconds } = await overSegment(room);
    recorded.push(seconds);
    cpuPerFrame = cpuMicroseconds;
  }
  const mbit = (seconds: number) => (megabytes * 1.048576 * 8) / seconds;
  const own = mbit(figures(recorded).median);
  const rival = mbit(figures(direct).median);
  return [
    {
      what: `TCP over QEMU's own -netdev socket link (median of ${rounds})`,
      figure: `${rival.toFixed(0)} Mbit/s`,
    },
    { what: `TCP over a recording segment (median of ${rounds})`, figure: `${own.toFixed(0)} Mbit/s` },
    {
      what: 'recording segment / socket link',
      figure: ratio(own / rival),
      holds: own / rival >= 0.8,
      bound: '>= 0.8×',
    },
    { what: 'processor time of the wires for a frame', figure: `${cpuPerFrame.toFixed(1)} µs` },
  ];
}

/** Runs a program in a guest and gives what it printed. */
type Guest = (argv: readonly string[]) => Promise<string>;

const receiver = `use Socket; socket(S,PF_INET,SOCK_STREAM,0); setsockopt(S,SOL_SOCKET,SO_REUSEADDR,1);
bind(S,sockaddr_in(${port},INADDR_ANY)) or die; listen(S,1); accept(C,S); my $n=0;
while (my $got=sysread(C,my $b,262144)) { $n+=$got } print $n`;

/** Prints the seconds from the first byte to the last one's acknowledgement, on the guest's own clock. */
const sender = `use Socket; use Time::HiRes "time"; socket(S,PF_INET,SOCK_STREAM,0);
for (1..100) { last if connect(S,sockaddr_in(${port},inet_aton("203.0.113.20"))); select undef,undef,undef,0.05 }
my $b="x"x262144; my $t=time; for (1..${megabytes * 4}) { my $o=0; while ($o<262144) { $o+=syswrite(S,$b,262144-$o,$o) or die } }
shutdown(S,1); sysread(S,my $e,1); print time-$t`;

/** One stream from left to right; how long it took in seconds. */
async function transfer(left: Guest, right: Guest): Promise<number> {
  const receiving = right(['perl', '-e', receiver]);
  const seconds = Number(await left(['perl', '-e', sender]));
  const received = Number(await receiving);
  if (received !== megabytes * 1024 * 1024) throw new Error(`${received} of ${megabytes} MiB arrived`);
  return seconds;
}

async function overSegment(room: MachineRoom): Promise<{ seconds: number; cpuMicroseconds: number }> {
  await using lab = await Lab.start({ plan: planLab(pair), room, seed: 1 });
  const guest =
    (name: string): Guest =>
    async (argv) =>
      (await lab.node(name).machine.run(argv, { within: 120_000 })).stdout;
  const cpuBefore = processorMicroseconds(lab.wires.pid);
  const seconds = await transfer(guest('left'), guest('right'));
  const cpu = processorMicroseconds(lab.wires.pid) - cpuBefore;
  const { wires } = await lab.wires.flush();
  return { seconds, cpuMicroseconds: cpu / (wires['lan']?.frames ?? 1) };
}

async function overSocketLink(golden: Golden): Promise<number> {
  using directory = createRunDirectory();
  const listenPort = await freePort();
  const plan = planLab(pair);
  const start = async (index: number): Promise<QemuProcess> => {
    const qemu = await launchQemu({
      node: plan.nodes[index]?.name ?? '',
      directory: join(directory.path, `g${index}`),
      spec: goldenMachine(golden, []),
      onConsole: () => {},
    });
    await qemu.restore(join(golden.directory, 'state'));
    const end = index === 0 ? { listen: `127.0.0.1:${listenPort}` } : { connect: `127.0.0.1:${listenPort}` };
    await qemu.qmp.execute('netdev_add', { type: 'socket', id: 'wire0', ...end });
    await qemu.qmp.execute('device_add', nicProperties(0, plan.nodes[index]?.nics[0]?.mac ?? ''));
    await qemu.qmp.execute('cont');
    await qemu.agent.ping(60_000);
    return qemu;
  };
  const left = await start(0);
  const right = await start(1);
  try {
    const guest =
      (qemu: QemuProcess): Guest =>
      async (argv) =>
        (await qemu.agent.exec({ argv, timeoutMs: 120_000 })).stdout;
    for (const [index, qemu] of [left, right].entries()) {
      const nic = plan.nodes[index]?.nics[0];
      await qemu.agent.awaitNics([nic?.mac ?? ''], 30_000);
      await guest(qemu)(['sh', '-c', `ip address add ${nic?.address}/24 dev eth0 && ip link set eth0 up`]);
    }
    return await transfer(guest(left), guest(right));
  } finally {
    await Promise.all([left.kill(), right.kill()]);
  }
}

/** User and system time of a process; fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms. */
function processorMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
