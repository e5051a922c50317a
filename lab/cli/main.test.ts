import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { halabVersion } from './version.ts';

const launcher = join(import.meta.dirname, 'halab.mjs');
let cache: string;

beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'halab-cli-'));
});

afterAll(() => rmSync(cache, { recursive: true }));

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HALAB_CACHE: cache, NO_COLOR: '1' };
}

/** Whatever killed labs of this user there were: the first command to run removes them and says so. */
const withoutReaped = (stderr: string) => stderr.replace(/^removed what a killed lab left: .*\n/gm, '');

function halab(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [launcher, ...argv],
      { env: environment() },
      (_error, stdout, stderr) => done({ code: child.exitCode ?? -1, stdout, stderr: withoutReaped(stderr) }),
    );
  });
}

describe('the version', () => {
  test('is the package’s', async () => {
    expect(await halab('--version')).toEqual({ code: 0, stdout: `${halabVersion()}\n`, stderr: '' });
  });

  test('is a command as well', async () => {
    expect((await halab('version')).stdout).toBe(`${halabVersion()}\n`);
  });
});

describe('wrong usage', () => {
  test('a misspelt command is answered with the nearest', async () => {
    expect(await halab('grpah')).toEqual({
      code: 2,
      stdout: '',
      stderr: "unknown command 'grpah'; did you mean graph?\nsee halab --help\n",
    });
  });

  test('a misspelt option is answered with the nearest', async () => {
    expect(await halab('graph', 'lvs-dr', '--mermiad')).toEqual({
      code: 2,
      stdout: '',
      stderr: "unknown option '--mermiad'; did you mean --mermaid?\nsee halab --help\n",
    });
  });

  test('a misspelt subcommand is answered with the nearest', async () => {
    expect((await halab('image', 'biuld')).stderr).toContain('did you mean build?');
  });

  test('a missing argument is named', async () => {
    expect(await halab('graph')).toMatchObject({
      code: 2,
      stderr: "missing required argument 'topology'\nsee halab --help\n",
    });
  });

  test('no command at all shows the help and is an error', async () => {
    const { code, stdout, stderr } = await halab();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: halab /);
  });

  test('options that exclude each other are refused', async () => {
    expect(await halab('graph', 'lvs-dr', '--dot', '--mermaid')).toMatchObject({
      code: 2,
      stderr: '--mermaid and --dot exclude each other\n',
    });
  });
});

describe('halab graph', () => {
  test('draws a built-in topology', async () => {
    const { code, stdout } = await halab('graph', 'lvs-dr');
    expect(code).toBe(0);
    expect(stdout).toContain('│ director │');
    expect(stdout.endsWith('\n')).toBe(true);
  });

  test('draws in plain ASCII', async () => {
    const { stdout } = await halab('graph', 'lvs-dr', '--ascii');
    expect(stdout).toContain('| director |');
    expect(stdout).toMatch(/^[\x20-\x7e\n]+$/);
  });

  test('writes the source of other drawings', async () => {
    expect((await halab('graph', 'lvs-dr', '--mermaid')).stdout).toMatch(/^flowchart /);
    expect((await halab('graph', 'lvs-dr', '--dot')).stdout).toMatch(/^(di)?graph /);
  });

  test('lists every problem of a topology with its place, and no stack', async () => {
    const file = join(cache, 'broken.ts');
    writeFileSync(
      file,
      `export const broken = {
  name: 'broken',
  segments: { lan: { ipv4: '203.0.113.0/24' } },
  nodes: {
    client: { role: 'client', nics: { eth0: { segment: 'lna', address: '203.0.113.10' } } },
    web: { role: 'realServer', nics: { eth0: { segment: 'lan', address: '192.0.2.1' } } },
  },
};
`,
    );
    const { code, stdout, stderr } = await halab('graph', file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^${file}:5:\\d+: .*lna.*expected lan$`)),
      expect.stringMatching(new RegExp(`^${file}:6:\\d+: .*192\\.0\\.2\\.1`)),
    ]);
  });

  test('a reader that goes away is no error to speak of', async () => {
    const child = spawn(process.execPath, [launcher, 'graph', 'lvs-dr'], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (bytes: Buffer) => {
      stderr += bytes.toString();
    });
    const code = await new Promise((done) => child.on('close', done));
    // 128 + SIGPIPE, as a shell reports the end of any other program there.
    expect({ code, stderr: withoutReaped(stderr) }).toEqual({ code: 141, stderr: '' });
  });
});

describe('halab list', () => {
  test('prints every requirement, or those that are asked for', async () => {
    const [all, one] = await Promise.all([halab('list'), halab('list', 'LVS-DR-02')]);
    expect(all.stdout).toContain('LVS-DR-01');
    expect(one.stdout).toMatch(/^LVS-DR-02 /);
    expect(one.stdout).not.toContain('LVS-DR-01');
  });

  test('prints the same as data', async () => {
    const { stdout } = await halab('list', 'LVS-DR-02', '--json');
    expect(JSON.parse(stdout)).toEqual([expect.objectContaining({ id: 'LVS-DR-02' })]);
  });
});

test('every command of the help has its section in the reference', async () => {
  const { stdout } = await halab('--help');
  const [, list = ''] = stdout.split('Commands:\n');
  const commands = [...list.matchAll(/^ {2}([a-z]+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
  expect(commands.length).toBeGreaterThan(5);
  const page = readFileSync(join(import.meta.dirname, '../../docs/reference/cli.md'), 'utf8');
  const described = new Set([...page.matchAll(/^(?:## `| {4})halab ([a-z]+)/gm)].map(([, name]) => name));
  expect(commands.filter((name) => !described.has(name))).toEqual([]);
});

describe('halab image', () => {
  test('list says when there is none', async () => {
    expect(await halab('image', 'list')).toEqual({
      code: 0,
      stdout: 'no image yet; the first lab builds one, and so does `halab image build`\n',
      stderr: '',
    });
    expect(JSON.parse((await halab('image', 'list', '--json')).stdout)).toEqual({
      images: [],
      leftovers: [],
    });
  });
});

describe('halab doctor', () => {
  test('says what there is, in words and as data, with the exit code of the gate’s chances', async () => {
    const [words, data] = await Promise.all([halab('doctor'), halab('doctor', '--json')]);
    const report = JSON.parse(data.stdout) as {
      canRunGate: boolean;
      fix: string | null;
      findings: { state: string }[];
    };
    expect(data.code).toBe(report.canRunGate ? 0 : 2);
    expect(words.code).toBe(data.code);
    expect(words.stdout.match(/^[✓✗–] /gm)).toHaveLength(report.findings.length);
    expect(words.stdout).toContain('– guest image            not built');
    expect(report.fix).toMatch(/npx halab image build$/);
  });
});

test('compiled code is kept in the cache', async () => {
  await halab('--version');
  expect(readdirSync(join(cache, 'compiled')).length).toBeGreaterThan(0);
});

test('the launcher is what package.json names, and runs by itself', async () => {
  const { bin } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  expect(bin['halab']).toBe('lab/cli/halab.mjs');
  const stdout = await new Promise((done) => {
    execFile(launcher, ['--version'], { env: environment() }, (_error, text) => done(text));
  });
  expect(stdout).toBe(`${halabVersion()}\n`);
});
