import { describe, expect, test } from 'vitest';
import { tokenize } from './source-tokens.ts';

const texts = (source: string) => tokenize(source).map(({ kind, text }) => `${kind}:${text}`);

describe('tokenize', () => {
  test('gives words, strings, numbers and punctuation with their offsets', () => {
    expect(tokenize("a: 'b', 1_500")).toEqual([
      { kind: 'word', text: 'a', offset: 0 },
      { kind: 'punctuation', text: ':', offset: 1 },
      { kind: 'string', text: 'b', offset: 3 },
      { kind: 'punctuation', text: ',', offset: 6 },
      { kind: 'number', text: '1_500', offset: 8 },
    ]);
  });

  test('skips comments, also at the end of the file and unclosed', () => {
    expect(texts("// 'a' {\nb /* { */ c // d")).toEqual(['word:b', 'word:c']);
    expect(texts('a /* b')).toEqual(['word:a']);
  });

  test('a comment in a string is text, and a quote in a comment is none', () => {
    expect(texts("'// a' b // it's\nc")).toEqual(['string:// a', 'word:b', 'word:c']);
  });

  test('undoes escapes and knows the other quotes', () => {
    expect(texts(String.raw`'it\'s' "a \"b\"" '{'`)).toEqual(["string:it's", 'string:a "b"', 'string:{']);
  });

  test('a template is one string, whatever is nested in it', () => {
    const inside = 'a $' + '{f({ b: `c$' + '{1}` })} d';
    expect(texts(`\`${inside}\` e`)).toEqual([`string:${inside}`, 'word:e']);
  });

  test('an unterminated string ends with its line', () => {
    expect(texts("'a\nb")).toEqual(['string:a', 'word:b']);
    expect(texts("'a")).toEqual(['string:a']);
    expect(texts('`a')).toEqual(['string:a']);
  });

  test('a spread is one mark', () => {
    expect(texts('{ ...a, b }')).toEqual([
      'punctuation:{',
      'punctuation:...',
      'word:a',
      'punctuation:,',
      'word:b',
      'punctuation:}',
    ]);
  });

  test('covers the source: no token starts inside another, whatever the text', () => {
    const source = `export const a = defineTopology({ x: /re'g/, y: @d #p €, z: "ü", 0x1f, 1e3 });`;
    let end = 0;
    for (const { offset, text } of tokenize(source)) {
      expect(offset).toBeGreaterThanOrEqual(end);
      end = offset + Math.min(1, text.length);
    }
    expect(end).toBeGreaterThan(0);
  });
});
