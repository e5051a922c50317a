import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { halab, launcher } from './halab.ts';

/*
 * Every way in which a user can get it wrong has a message of its own and exit code 2, and leaves nothing
 * half done.
 */

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'halab-bad-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

async function refused(argv: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await halab(argv, { env: { ...process.env, ...environment } });
  expect(exitCode, stdout + stderr).toBe(2);
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr.trim().replaceAll(directory, 'DIR');
}

describe('halab refuses', () => {
  test('an unknown requirement', async () => {
    expect(await refused(['run', 'LVS-DR-99', 'SHCED-01'])).toMatchInlineSnapshot(`
      "no requirement is called "LVS-DR-99"; there are IDs of the families LVS-GEN, LVS-DR, LVS-ARP, SCHED (\`halab list\` shows all); did you mean LVS-DR-09?
      no requirement is called "SHCED-01"; there are IDs of the families LVS-GEN, LVS-DR, LVS-ARP, SCHED (\`halab list\` shows all); did you mean SCHED-01?"
    `);
  });

  test('an unknown command and an unknown option', async () => {
    expect(await refused(['rnu'])).toMatchInlineSnapshot(`
      "unknown command 'rnu'; did you mean run?
      see halab --help"
    `);
    expect(await refused(['run', '--subjcet', 'stack'])).toMatchInlineSnapshot(`
      "unknown option '--subjcet'; did you mean --subject?
      see halab --help"
    `);
    expect(await refused(['run', '--repeat', 'often'])).toMatchInlineSnapshot(`
      "option '--repeat <times>' argument 'often' is invalid. it is "often"; allowed is a whole number from 1
      see halab --help"
    `);
  });

  test('a subject that does not exist, does not load, or is none', async () => {
    expect(await refused(['run', '--subject', 'stakc'])).toMatchInlineSnapshot(
      `"no subject is called "stakc"; there are linux-ha, stack, or a path to a file; did you mean "stack"?"`,
    );
    expect(await refused(['run', '--subject', join(directory, 'absent.ts')])).toMatchInlineSnapshot(
      `"subject file DIR/absent.ts does not exist"`,
    );
    expect(await refused(['run', '--subject', file('syntax.ts', 'export const = 1;')])).toMatch(
      /^subject file DIR\/syntax\.ts does not load: /,
    );
    expect(await refused(['run', '--subject', file('empty.ts', 'export const x = 1;')])).toMatch(
      /must export exactly one subject/,
    );
  });

  test('a topology with a duplicate address, at its line and column', async () => {
    const path = file(
      'twice.ts',
      `export const twice = {
  name: 'twice',
  segments: { lan: { ipv4: '203.0.113.0/24' } },
  nodes: {
    a: { role: 'client', nics: { eth0: { segment: 'lan', address: '203.0.113.10' } } },
    b: { role: 'client', nics: { eth0: { segment: 'lan', address: '203.0.113.10' } } },
  },
};
`,
    );
    expect(await refused(['graph', path])).toMatchInlineSnapshot(
      `"DIR/twice.ts:6:67: address 203.0.113.10 of b eth0 is already used by a eth0 (line 5)"`,
    );
  });

  test('an empty capture, a cut one, and what is none', async () => {
    expect(await refused(['check', file('empty.pcap', ''), '--topology', 'lvs-dr'])).toMatchInlineSnapshot(
      `"DIR/empty.pcap: the file is empty: neither pcap nor pcapng (byte 0)"`,
    );
    const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
    expect(
      await refused(['check', file('header.pcap', header.subarray(0, 20)), '--topology', 'lvs-dr']),
    ).toMatchInlineSnapshot(
      `"DIR/header.pcap: pcap at byte 0: the file ends inside the file header (byte 0)"`,
    );
    expect(
      await refused(['check', file('text.pcap', 'this is no capture'), '--topology', 'lvs-dr']),
    ).toMatchInlineSnapshot(
      `"DIR/text.pcap: the file begins with 74686973: neither pcap nor pcapng (byte 0)"`,
    );
    expect(await refused(['check', join(directory, 'absent.pcap')])).toMatchInlineSnapshot(
      `"capture DIR/absent.pcap does not exist"`,
    );
  });

  test('a machine without QEMU', async () => {
    const bin = join(directory, 'bin');
    mkdirSync(bin);
    for (const program of ['sh', 'setpriv', 'tar', 'env'])
      symlinkSync(`/usr/bin/${program}`, join(bin, program));
    expect(await refused(['run', 'LVS-DR-01'], { PATH: bin })).toMatchInlineSnapshot(`
      "qemu-system-x86_64 is not installed; \`halab doctor\` prints the command that installs what is missing
        code      LAB_QEMU_MISSING"
    `);
  });

  test.skipIf(process.getuid?.() !== 0)('a cache without room for the image', async () => {
    const cache = join(directory, 'cache');
    mkdirSync(cache);
    // A mount namespace of its own: the small file system is seen by this one process and goes with it.
    const script = `mount -t tmpfs -o size=50m tmpfs ${cache} && exec ${process.execPath} ${launcher} image build`;
    const { status, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script], {
      env: { ...process.env, HALAB_CACHE: cache },
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(2);
    expect(
      stderr.replaceAll(directory, 'DIR').replaceAll(/\d+ MB free/g, 'N MB free'),
    ).toMatchInlineSnapshot(`
      "building the guest image needs 2000 MB in DIR/cache/images, which has N MB free; free some space, or set HALAB_CACHE to a directory on a larger disk
        code      LAB_IMAGE_SPACE
      "
    `);
  });
});
