import { expect, test } from 'vitest';
import { packCpio } from './cpio.ts';

test('an archive is headers, names and data on four-byte boundaries, and ends with the trailer', () => {
  const bytes = packCpio([
    { path: 'bin', mode: 0o755, kind: 'directory' },
    { path: 'init', mode: 0o755, kind: 'file', data: Buffer.from('hello') },
  ]);
  expect(bytes.length % 4).toBe(0);
  expect(bytes.toString('latin1', 0, 6)).toBe('070701');
  // Second record: 110 bytes of header and "bin\0" before it, padded to 116.
  expect(bytes.toString('latin1', 116, 122)).toBe('070701');
  expect(bytes.toString('latin1', 116 + 6 + 8, 116 + 6 + 16)).toBe('000081ed');
  expect(bytes.toString('latin1', 116 + 6 + 6 * 8, 116 + 6 + 7 * 8)).toBe('00000005');
  expect(bytes.includes('TRAILER!!!')).toBe(true);
});

test('equal entries give equal bytes', () => {
  const entries = [{ path: 'a', mode: 0o644, kind: 'file', data: Buffer.from('x') }] as const;
  expect(packCpio(entries).equals(packCpio(entries))).toBe(true);
});
