import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CaptureParser } from 'tcpdump-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identifyProcess } from '../process-identity.ts';
import type { LabStatus } from './lab-status.ts';

const program = fileURLToPath(new URL('../cli/halab.mjs', import.meta.url));
/** Other labs may run on this machine. */
const lab = `test-${process.pid}`;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...argv: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<Ended> {
  const code = new Promise<number | null>((done) => child.once('close', done));
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { code: await code, stdout, stderr };
}

function halab(...argv: readonly string[]): Promise<Ended> {
  const child = start(...argv);
  child.stdin?.end();
  return ended(child);
}

const exec = (...argv: readonly string[]) => halab('exec', '--lab', lab, 'web1', '--', ...argv);
const fault = (...words: readonly string[]) => halab('fault', '--lab', lab, ...words);
const heal = (...words: readonly string[]) => halab('heal', '--lab', lab, ...words);

async function status(name = lab): Promise<LabStatus | undefined> {
  const { stdout } = await halab('ps', '--json');
  return (JSON.parse(stdout) as readonly LabStatus[]).find((one) => one.name === name);
}

/** Resolves when a stream has said this. */
function said(child: ChildProcess, words: string): Promise<void> {
  let heard = '';
  return new Promise((done, fail) => {
    child.stderr?.on('data', (bytes: Buffer) => {
      heard += bytes.toString();
      if (heard.includes(words)) done();
    });
    child.once('close', () => fail(new Error(`ended without "${words}": ${heard}`)));
  });
}

/** Processes that were started with a path in their arguments. */
function processesWith(path: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path);
    } catch {
      return false;
    }
  });
}

function runDirectoriesOf(pid: number): readonly string[] {
  return readdirSync(`/tmp/halab-${process.getuid?.()}`).filter((name) => name.startsWith(`${pid}-`));
}

/** Where the lab keeps its sockets: the record lies in it. */
async function runDirectory(): Promise<string> {
  return ((await status())?.record ?? '').replace(/\/record$/, '/');
}

beforeAll(async () => {
  const { code, stdout, stderr } = await halab('up', 'lvs-arp', '--subject', 'none', '--name', lab);
  expect([code, stderr], stderr).toEqual([0, expect.stringContaining('starting the machines')]);
  expect(stdout).toContain(`lab ${lab} is up`);
});

afterAll(async () => {
  if ((await status()) !== undefined) await halab('down', lab);
});

test('ps shows the lab with its node', async () => {
  expect(await status()).toMatchObject({
    state: 'ready',
    topology: 'lvs-arp',
    subject: null,
    nodes: [{ name: 'web1', role: 'realServer', state: 'running' }],
    faults: [],
  });
});

test('its name cannot be had twice', async () => {
  const { code, stderr } = await halab('up', 'lvs-arp', '--subject', 'none', '--name', lab);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^a lab called "test-\d+" is running already/)]);
});

describe('a program in a node', () => {
  test("has this command's output and exit code", async () => {
    expect(await exec('sh', '-c', 'hostname; echo told >&2; exit 7')).toEqual({
      code: 7,
      stdout: 'web1\n',
      stderr: 'told\n',
    });
  });

  test('gets the input that is piped in, byte for byte', async () => {
    const child = start('exec', '--lab', lab, '--stdin', 'web1', '--', 'wc', '-c');
    child.stdin?.end(Buffer.alloc(1_000_000, 0x00));
    expect(await ended(child)).toMatchObject({ code: 0, stdout: '1000000\n' });
  });

  test('ends when nobody listens any more', async () => {
    const child = start('exec', '--lab', lab, 'web1', '--', 'sh', '-c', 'echo $$ >&2; exec sleep 1000');
    const [pid] = await new Promise<readonly string[]>((done) =>
      child.stderr?.once('data', (bytes: Buffer) => done(bytes.toString().split('\n'))),
    );
    child.kill('SIGKILL');
    const gone = await exec('sh', '-c', `while [ -e /proc/${pid} ]; do sleep 0.05; done; echo gone`);
    expect(gone.stdout).toBe('gone\n');
  });

  test.for([
    [
      ['exec', 'wbe1', '--', 'true'],
      /^topology lvs-arp has no node "wbe1"; it has web1; did you mean "web1"\?\n$/,
    ],
    [['exec', 'web1', '--', 'nosuch'], /^web1: spawn nosuch ENOENT\n/],
  ] as const)('is refused in words: %j', async ([[command, ...rest], words]) => {
    const { code, stdout, stderr } = await halab(command, '--lab', lab, ...rest);
    expect([code, stdout]).toEqual([expect.toSatisfy((value) => value === 2 || value === 3), '']);
    expect(stderr).toMatch(words);
  });
});

describe('a shell', () => {
  test('takes its commands from a pipe', async () => {
    const child = start('sh', '--lab', lab, 'web1');
    child.stdin?.end('pwd; hostname\nexit 4\n');
    expect(await ended(child)).toMatchObject({ code: 4, stdout: '/root\nweb1\n' });
  });

  test('has a terminal where there is one, and Ctrl-C reaches what runs in it', async () => {
    const command = [process.execPath, program, 'sh', '--lab', lab, 'web1']
      .map((word) => `'${word}'`)
      .join(' ');
    const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const heard = { text: '' };
    const until = async (words: string) => {
      while (!heard.text.includes(words)) {
        const bytes = await new Promise<Buffer>((done, fail) => {
          child.stdout.once('data', done);
          child.once('close', () => fail(new Error(`the shell ended before "${words}": ${heard.text}`)));
        });
        heard.text += bytes.toString();
      }
    };
    await until('root@web1');
    child.stdin.write('stty size; echo started; sleep 1000\r');
    await until('24 80\r\nstarted');
    child.stdin.write('\u0003');
    child.stdin.write('exit 6\r');
    expect(await new Promise((done) => child.once('close', done))).toBe(6);
  });
});

describe('a fault', () => {
  test('is there until it is healed', async () => {
    const carrier = async () => (await exec('cat', '/sys/class/net/eth1/carrier')).stdout;
    expect(await carrier()).toBe('1\n');

    const { code, stdout } = await fault('link-down', 'web1', 'eth1');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^f1 {2}cable of eth1 of web1 pulled, since \+/),
    ]);
    expect(await carrier()).toBe('0\n');
    expect((await fault('list')).stdout).toBe(stdout);

    expect(await heal()).toMatchObject({ code: 0, stdout: 'f1  healed: cable of eth1 of web1 pulled\n' });
    expect(await carrier()).toBe('1\n');
    expect((await fault('list')).stdout).toBe('no fault is active\n');
  });

  test('takes and gives back a card, a clock, the execution and the power of a node', async () => {
    const before = (await exec('ip', '-4', '-o', 'address', 'show', 'dev', 'eth1')).stdout;
    expect(before).toContain('203.0.113.31/24');
    await fault('unplug', 'web1', 'eth1');
    expect((await exec('ls', '/sys/class/net')).stdout).not.toContain('eth1');
    await fault('step-clock', 'web1', '-1h');
    const guestTime = Number((await exec('date', '+%s')).stdout);
    expect(Math.abs(Date.now() / 1000 - 3600 - guestTime)).toBeLessThan(60);
    await fault('freeze', 'web1');
    expect((await status())?.nodes[0]?.state).toBe('frozen');
    expect((await exec('true')).stderr).toMatch(/^web1 frozen \(fault f\d+\): `halab heal f\d+` first\n$/);
    await fault('power-off', 'web1');
    expect((await status())?.nodes[0]?.state).toBe('off');
    // The plug took the clock and the freeze with it.
    expect((await status())?.faults.map(({ description }) => description)).toEqual([
      'eth1 of web1 unplugged',
      'web1 powered off',
    ]);

    expect(await heal('all')).toMatchObject({ code: 0 });

    expect((await status())?.nodes[0]?.state).toBe('running');
    expect((await exec('ip', '-4', '-o', 'address', 'show', 'dev', 'eth1')).stdout).toContain(
      '203.0.113.31/24',
    );
  });

  test('kills every process of a daemon', async () => {
    await exec('sh', '-c', 'sleep 1000 >/dev/null 2>&1 & sleep 1001 >/dev/null 2>&1 &');
    expect((await exec('pgrep', '-c', 'sleep')).stdout).toBe('2\n');

    expect(await fault('kill', 'web1', 'sleep')).toMatchObject({ code: 0 });

    expect((await exec('pgrep', '-c', 'sleep')).stdout).toBe('0\n');
    await heal();
  });

  test('that makes no sense is refused with what is allowed', async () => {
    const { code, stderr } = await fault('cut', 'lam');
    expect([code, stderr]).toEqual([
      2,
      'cut: no segment or line is called "lam": did you mean "lan"? known: lan\n',
    ]);
  });
});

describe('a capture', () => {
  const ask = () => exec('arping', '-c', '1', '-w', '1', '-I', 'eth0', '203.0.113.99');

  test('shows a line a frame, with what befell it', async () => {
    await fault('cut', 'lan');
    const child = start('capture', 'lan', '--lab', lab, '--count', '1');
    const output = ended(child);
    await said(child, 'capturing lan');
    await ask();

    const { code, stdout, stderr } = await output;

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ +\d+ +\+\d+\.\d{6} {2}web1:eth0 > all {2}who-has 203\.0\.113\.99 tell web1 {2}\[.*f\d+.*\]\n$/,
    );
    expect(stderr).toContain('1 frame from lan\n');
    await heal();
  });

  test('is whole blocks of pcapng when it is ended by Ctrl-C', async () => {
    const child = start('capture', 'lan', '--lab', lab, '-w', '-');
    const pieces: Buffer[] = [];
    child.stdout?.on('data', (bytes: Buffer) => pieces.push(bytes));
    const closed = new Promise((done) => child.once('close', done));
    await said(child, 'capturing lan');
    await ask();
    await ask();
    child.kill('SIGINT');
    expect(await closed).toBe(0);

    let frames = 0;
    const problems: unknown[] = [];
    const parser = new CaptureParser({
      frame: () => {
        frames += 1;
      },
      problem: (problem) => problems.push(problem),
    });
    parser.push(Buffer.concat(pieces));
    parser.end();

    expect([frames, problems]).toEqual([2, []]);
  });
});

test('Ctrl-C while a lab starts leaves nothing of it', async () => {
  const name = `${lab}-half`;
  const child = start('up', 'lvs-arp', '--subject', 'none', '--name', name);
  const output = ended(child);
  await said(child, 'starting the machines');
  const half = await status(name);
  expect(half?.state).toBe('starting');

  child.kill('SIGINT');

  expect(await output).toMatchObject({
    code: 130,
    stderr: expect.stringContaining('the half-started lab has been removed'),
  });
  expect(await status(name)).toBeUndefined();
  expect(runDirectoriesOf(half!.pid)).toEqual([]);
});

test('down leaves no process and no file, and ends a capture', async () => {
  const directory = await runDirectory();
  const { pid } = (await status())!;
  expect(processesWith(directory).length).toBeGreaterThan(0);
  const capture = start('capture', 'lan', '--lab', lab);
  const output = ended(capture);
  await said(capture, 'capturing lan');

  expect(await halab('down', lab)).toEqual({ code: 0, stdout: `lab ${lab} is down\n`, stderr: '' });

  expect(processesWith(directory)).toEqual([]);
  expect(identifyProcess(pid)).toBeUndefined();
  expect(runDirectoriesOf(pid)).toEqual([]);
  expect(await output).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`lab ${lab} has gone down`),
  });
  expect(await status()).toBeUndefined();
});

test('a killed owner takes its machines along, and the next command removes its files', async () => {
  await halab('up', 'lvs-arp', '--subject', 'none', '--name', lab);
  const directory = await runDirectory();
  const { pid } = (await status())!;

  process.kill(pid, 'SIGKILL');

  const { stderr } = await halab('ps');
  expect(stderr).toContain(`removed what a killed lab left: ${directory.slice(0, -1)}`);
  expect(processesWith(directory)).toEqual([]);
  expect(runDirectoriesOf(pid)).toEqual([]);
});
