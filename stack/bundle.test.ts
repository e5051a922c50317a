import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bundleStack, packStack } from './bundle.ts';

const directory = mkdtempSync(join(tmpdir(), 'stack-bundle-'));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('a bundle holds each program, its launcher and a manifest', async () => {
  const out = join(directory, 'out');
  const { version, files } = await bundleStack(out);

  expect(files).toEqual(['bin/ldirectord', 'ldirectord.cjs', 'package.json']);
  expect(JSON.parse(readFileSync(join(out, 'package.json'), 'utf8'))).toMatchObject({
    name: 'halab-stack',
    version,
  });
  expect(statSync(join(out, 'bin/ldirectord')).mode & 0o777).toBe(0o755);
});

test('a bundled program runs by itself', async () => {
  const out = join(directory, 'alone');
  const { version } = await bundleStack(out);
  const said = execFileSync(process.execPath, [join(out, 'bin/ldirectord'), '--version'], {
    encoding: 'utf8',
    cwd: '/',
  });
  expect(said).toBe(`ldirectord of halab ${version}\n`);
});

test('modules that only checks need are loaded by checks', async () => {
  const out = join(directory, 'lazy');
  await bundleStack(out);
  const code = `const before = new Set(process.moduleLoadList);
    require(${JSON.stringify(join(out, 'ldirectord.cjs'))});
    const loaded = process.moduleLoadList.filter((name) => name.startsWith('NativeModule ') && !before.has(name));
    process.stdout.write(loaded.join());`;
  expect(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' })).toBe('');
});

test('nothing in a bundle tells where it was made', async () => {
  const out = join(directory, 'where');
  await bundleStack(out);
  expect(readFileSync(join(out, 'ldirectord.cjs'), 'utf8')).not.toContain(import.meta.dirname);
});

test('an archive is the bundle below package/, byte for byte the same each time', async () => {
  const [first, second] = [join(directory, 'a.tgz'), join(directory, 'b.tgz')];
  const { files } = await packStack(first);
  await packStack(second);

  expect(readFileSync(first)).toEqual(readFileSync(second));
  const listed = execFileSync('tar', ['-tzf', first], { encoding: 'utf8' });
  expect(listed.trim().split('\n')).toEqual(files.map((file) => `package/${file}`));
});
