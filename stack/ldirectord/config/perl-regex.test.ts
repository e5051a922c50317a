import { describe, expect, test } from 'vitest';
import { perlRegex } from './perl-regex.ts';

function matches(pattern: string, text: string): boolean {
  const compiled = perlRegex(pattern);
  if (!compiled.ok) throw new Error(compiled.text);
  return compiled.regex.test(text);
}

// Each row was tried with Perl 5.36.
test.for([
  ['OKAY', 'x OKAY y', true],
  ['^OKAY$', 'OKAY\n', true],
  ['^OKAY$', 'OKAY\n\n', false],
  ['^OKAY$', 'x\nOKAY\n', false],
  ['(?m)^OKAY$', 'x\nOKAY\ny', true],
  ['(?i)okay', 'OKAY', true],
  ['(?is)a.b', 'A\nB', true],
  ['a.b', 'a\nb', false],
  ['\\AOKAY\\z', 'OKAY', true],
  ['\\AOKAY\\z', 'OKAY\n', false],
  ['\\AOKAY\\Z', 'OKAY\n', true],
  ['(?m)\\Ab', 'a\nb', false],
  ['cost \\$5', 'cost $5', true],
  ['[$]5', '$5', true],
  ['(OK|up$)', 'all up\n', true],
  ['^[[:alpha:]]+$', 'abcXYZ', true],
  ['^[[:alpha:]]+$', 'abc1', false],
  ['^[[:digit:][:upper:]]+$', '1A', true],
  ['[]x]', ']', true],
  ['[^]x]', ']', false],
  ['[a[b]', '[', true],
  ['\\d{3}', '200', true],
  ['a++b', 'aab', undefined],
  ['(unclosed', '', undefined],
] as const)('%s on %j is %s', ([pattern, text, expected]) => {
  if (expected === undefined) expect(perlRegex(pattern).ok).toBe(false);
  else expect(matches(pattern, text)).toBe(expected);
});

describe('a refusal', () => {
  test('says what the engine says', () => {
    expect(perlRegex('(unclosed')).toMatchInlineSnapshot(`
      {
        "ok": false,
        "text": "found no regular expression this program understands: Unterminated group",
      }
    `);
  });
});
