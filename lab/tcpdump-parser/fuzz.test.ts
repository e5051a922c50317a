import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkCase, shrink } from './fuzz/check-case.ts';
import { foundFolder } from './fuzz/frame-file.ts';
import type { FuzzCase } from './fuzz/fuzz-case.ts';
import { makeCase, parseCase, readCorpus, renderCase } from './fuzz/fuzz-case.ts';

const SEED = 20_000;
const COUNT = 20_000;

describe('Changed frames and changed capture files', () => {
  test(`seed ${SEED}: nothing throws, reads too far, or depends on how it is given`, {
    timeout: 60_000,
  }, () => {
    const corpus = readCorpus();
    for (let index = 0; index < COUNT; index++) {
      const finding = checkCase(makeCase(corpus, SEED, index));
      if (finding === undefined) continue;
      expect.unreachable(`seed ${SEED} case ${index}: ${finding}`);
    }
  });

  test('the same seed and index make the same case', () => {
    const corpus = readCorpus();
    const [first, again, next] = [makeCase(corpus, 7, 3), makeCase(corpus, 7, 3), makeCase(corpus, 7, 4)];
    expect(again).toEqual(first);
    expect(next).not.toEqual(first);
  });

  test('a case is written and read back', () => {
    const bytes = Uint8Array.from({ length: 40 }, (_, index) => index);
    const cases: readonly FuzzCase[] = [
      { kind: 'frame', bytes, linkType: 276, originalLength: 99 },
      { kind: 'capture', bytes: bytes.subarray(0, 7), cutSeed: 5 },
    ];
    for (const input of cases)
      expect(parseCase('x.hex', renderCase(input, ['what it shows.']))).toEqual(input);
  });

  test('a case without a finding is not made smaller', () => {
    const input: FuzzCase = { kind: 'frame', bytes: new Uint8Array(60), linkType: 1, originalLength: 60 };
    expect(shrink(input, 'throws')).toEqual(input);
  });
});

describe('What was found once', () => {
  const names = readdirSync(foundFolder).filter((name) => name.endsWith('.hex'));

  test('stays mended', () => {
    for (const name of names) {
      const input = parseCase(name, readFileSync(new URL(name, foundFolder), 'utf8'));
      expect(checkCase(input), name).toBeUndefined();
    }
  });
});
