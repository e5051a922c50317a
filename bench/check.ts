import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultOptions, writeDrCapture } from './make-dr-capture.ts';
import { type BenchLine, figures, ms, ratio } from './measure.ts';

/*
 * Judging a capture against the two programs that people read captures with: tshark, which takes packets
 * apart field by field, and capinfos, which only walks from packet to packet.
 */

const launcher = fileURLToPath(new URL('../lab/cli/halab.mjs', import.meta.url));
const rounds = 3;

export async function benchCheck(): Promise<readonly BenchLine[]> {
  const directory = mkdtempSync(join(tmpdir(), 'halab-bench-'));
  try {
    const million = join(directory, '1m.pcap');
    const four = join(directory, '4m.pcap');
    writeDrCapture(million, { ...defaultOptions, format: 'pcap', packets: 1_000_000 });
    writeDrCapture(four, { ...defaultOptions, format: 'pcap', packets: 4_000_000 });
    const check = (path: string) => [process.execPath, launcher, 'check', path, '--topology', 'lvs-dr'];
    const own = await several(check(million));
    const ownFour = await several(check(four));
    const lines: BenchLine[] = [
      {
        what: `halab check, 1 M packets (median of ${rounds})`,
        figure: `${ms(own.milliseconds)}, peak ${own.peakMb.toFixed(0)} MB`,
      },
      {
        what: `halab check, 4 M packets (median of ${rounds})`,
        figure: `${ms(ownFour.milliseconds)}, peak ${ownFour.peakMb.toFixed(0)} MB`,
      },
      {
        what: 'peak memory, 4 M / 1 M packets',
        figure: ratio(ownFour.peakMb / own.peakMb),
        holds: ownFour.peakMb / own.peakMb <= 1.15,
        bound: 'flat: <= 1.15×',
      },
    ];
    if (existsSync('/usr/bin/capinfos')) {
      const rival = await several(['capinfos', million]);
      const factor = own.milliseconds / rival.milliseconds;
      lines.push(
        { what: `capinfos, 1 M packets (median of ${rounds})`, figure: ms(rival.milliseconds) },
        { what: 'halab check / capinfos', figure: ratio(factor), holds: factor <= 5, bound: '<= 5×' },
      );
    }
    if (existsSync('/usr/bin/tshark')) {
      const fields = [
        'frame.time_epoch',
        'eth.src',
        'eth.dst',
        'ip.src',
        'ip.dst',
        'ip.ttl',
        'tcp.flags',
        'tcp.seq',
      ];
      const rival = await once([
        'tshark',
        '-n',
        '-r',
        million,
        '-T',
        'fields',
        ...fields.flatMap((field) => ['-e', field]),
      ]);
      const factor = rival.milliseconds / own.milliseconds;
      lines.push(
        {
          what: 'tshark -T fields, 1 M packets (once)',
          figure: `${ms(rival.milliseconds)}, peak ${rival.peakMb.toFixed(0)} MB`,
        },
        {
          what: 'tshark -T fields / halab check',
          figure: ratio(factor),
          holds: factor >= 50,
          bound: '>= 50×',
        },
      );
    }
    return lines;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Cost {
  readonly milliseconds: number;
  readonly peakMb: number;
}

async function several(argv: readonly string[]): Promise<Cost> {
  const costs: Cost[] = [];
  // The first run fills caches: the page cache with the capture, the compile cache with the program.
  await once(argv);
  for (let round = 0; round < rounds; round += 1) costs.push(await once(argv));
  return {
    milliseconds: figures(costs.map(({ milliseconds }) => milliseconds)).median,
    peakMb: figures(costs.map(({ peakMb }) => peakMb)).maximum,
  };
}

function once(argv: readonly string[]): Promise<Cost> {
  const [program = '', ...rest] = argv;
  const began = performance.now();
  return new Promise((done, fail) => {
    const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'ignore'] });
    let peakMb = 0;
    // The kernel's own high-water mark only ever rises, so the last look before the end is the peak.
    const look = setInterval(() => {
      peakMb = Math.max(peakMb, peakOf(child.pid ?? 0));
    }, 5);
    child.on('error', fail);
    child.on('close', () => {
      clearInterval(look);
      done({ milliseconds: performance.now() - began, peakMb });
    });
  });
}

function peakOf(pid: number): number {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(peak ?? 0) / 1024;
  } catch {
    return 0;
  }
}
