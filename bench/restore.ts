import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Lab } from '../lab/lab.ts';
import type { MachineRoom } from '../lab/machine-room.ts';
import { type Golden, goldenMachine } from '../lab/nodes/qemu/golden.ts';
import { launchQemu, type QemuProcess } from '../lab/nodes/qemu/process.ts';
import { createRunDirectory } from '../lab/run-directory.ts';
import { planLab } from '../lab/topology/plan.ts';
import { lvsDr } from '../topologies/lvs-dr.ts';
import { type BenchLine, figures, ms, ratio, timed } from './measure.ts';

/*
 * Restoring against booting: the rival is the same guest booted from cold, as a test driver without
 * snapshots does for every test. Both are timed from the start of QEMU to the agent's first answer.
 */
export async function benchRestore(room: MachineRoom): Promise<readonly BenchLine[]> {
  const golden = await room.golden(256);
  using directory = createRunDirectory();
  const cold: number[] = [];
  const restored: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    cold.push(await timed(() => once(() => bootCold(golden, directory.path))));
    for (let again = 0; again < 3; again += 1) {
      restored.push(await timed(() => once(() => restoreOne(golden, directory.path, 0))));
    }
  }
  const six = await timed(async () => {
    const six = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((index) => restoreOne(golden, directory.path, index)),
    );
    void Promise.all(six.map((qemu) => qemu.kill()));
  });
  const coldMs = figures(cold).median;
  const restoredMs = figures(restored).median;
  const single = coldMs / restoredMs;
  return [
    { what: 'one node, cold boot to first answer (median of 3)', figure: ms(coldMs) },
    { what: 'one node, restored to first answer (median of 9)', figure: ms(restoredMs) },
    { what: 'one node: cold boot / restored', figure: ratio(single), holds: single >= 20, bound: '>= 20×' },
    { what: 'six nodes restored and answering', figure: ms(six) },
    { what: 'one cold boot / six nodes restored', figure: ratio(coldMs / six) },
    ...(await benchReset(room, coldMs)),
  ];
}

async function benchReset(room: MachineRoom, coldMs: number): Promise<readonly BenchLine[]> {
  await using lab = await Lab.start({ plan: planLab(lvsDr), room, seed: 1 });
  const resets: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    resets.push(await timed(() => Promise.all(lab.nodes.map((node) => node.machine.reset()))));
  }
  const median = figures(resets).median;
  return [
    { what: 'four-node lab: every node reset and set up again (median of 3)', figure: ms(median) },
    { what: 'one cold boot / reset of four nodes', figure: ratio(coldMs / median) },
  ];
}

async function once(start: () => Promise<QemuProcess>): Promise<void> {
  const qemu = await start();
  void qemu.kill();
}

async function bootCold(golden: Golden, run: string): Promise<QemuProcess> {
  const directory = join(run, 'cold');
  mkdirSync(directory, { recursive: true });
  const memoryFile = join(directory, 'memory');
  rmSync(memoryFile, { force: true });
  const qemu = await launchQemu({
    node: 'cold',
    directory,
    spec: { ...goldenMachine(golden, []), memoryFile, share: true, incoming: false },
    onConsole: () => {},
  });
  await qemu.agent.ping(120_000);
  return qemu;
}

async function restoreOne(golden: Golden, run: string, index: number): Promise<QemuProcess> {
  const qemu = await launchQemu({
    node: `restored${index}`,
    directory: join(run, `r${index}`),
    spec: goldenMachine(golden, []),
    onConsole: () => {},
  });
  await qemu.restore(join(golden.directory, 'state'));
  await qemu.qmp.execute('cont');
  await qemu.agent.ping(60_000);
  return qemu;
}
