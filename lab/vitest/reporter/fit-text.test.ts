import { expect, test } from 'vitest';
import { fitText } from './fit-text.ts';
import { line, widthOf } from './line.ts';
import { painter } from './paint.ts';

test.for([
  ['director', 8, 'director'],
  ['director', 7, 'direct…'],
  ['a director', 3, 'a…'],
  ['director', 1, '…'],
  ['director', 0, ''],
  ['🂡🂢🂣', 2, '🂡…'],
] as const)('%j in %d columns is %j', ([text, width, fitted]) => {
  expect(fitText(text, width)).toBe(fitted);
});

test('a line is cut before it is coloured, and nothing follows the cut', () => {
  const pieces = [
    { text: '✓ ', colour: 'green' },
    { text: 'LVS-DR-01' },
    { text: '  1.0 s', colour: 'dim' },
  ] as const;

  expect(widthOf(pieces)).toBe(18);
  expect(line(pieces, 18, painter(true))).toBe('\u001b[32m✓ \u001b[0mLVS-DR-01\u001b[2m  1.0 s\u001b[0m');
  expect(line(pieces, 5, painter(true))).toBe('\u001b[32m✓ \u001b[0mLV…');
  expect(line(pieces, 5, painter(false))).toBe('✓ LV…');
  expect(line(pieces, 0, painter(true))).toBe('');
});
