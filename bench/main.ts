import { cpus, release } from 'node:os';
import { openMachineRoom } from '../lab/machine-room.ts';
import { benchCheck } from './check.ts';
import { type BenchLine, renderLine } from './measure.ts';
import { benchRestore } from './restore.ts';
import { benchStopwatch } from './stopwatch.ts';
import { benchWire } from './wire.ts';

/*
 * Speed, as ratios within one run: these machines are shared, and a single time says little. Each part prints
 * its figures as it ends; the exit code is 1 when a bound was missed.
 */

const room = await openMachineRoom({ onProgress: (text) => console.error(text) });

const parts: Readonly<Record<string, () => Promise<readonly BenchLine[]>>> = {
  restore: () => benchRestore(room),
  wire: () => benchWire(room),
  stopwatch: benchStopwatch,
  check: benchCheck,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}

console.log(
  `${cpus().length} × ${cpus()[0]?.model.trim()}, Linux ${release()}, accelerator ${room.accelerator.accelerator} (${room.accelerator.reason})`,
);
let missed = 0;
for (const [name, run] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}`);
  for (const line of await run()) {
    console.log(renderLine(line));
    if (line.holds === false) missed += 1;
  }
}
process.exit(missed === 0 ? 0 : 1);
