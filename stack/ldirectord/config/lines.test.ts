import { expect, test } from 'vitest';
import { readLines } from './lines.ts';

const [only] = [(text: string) => readLines(text)[0]];

test('a tab indents by four wherever it stands', () => {
  expect(only('\treal')).toMatchObject({ indentation: 4, column: 2, text: 'real' });
  expect(only('  \treal')).toMatchObject({ indentation: 6, column: 4, text: 'real' });
  expect(only('    real')).toMatchObject({ indentation: 4, column: 5, text: 'real' });
});

test('# cuts the rest, also between quotes', () => {
  expect(only('real = a # b')).toMatchObject({ kind: 'text', text: 'real = a' });
  expect(only('request = "a#b"')).toMatchObject({ kind: 'text', text: 'request = "a' });
});

test('a line of nothing but a comment is no blank line', () => {
  expect(only('   # x')).toMatchObject({ kind: 'comment' });
  expect(only(' \t ')).toMatchObject({ kind: 'blank' });
  expect(only('')).toMatchObject({ kind: 'blank' });
});

test('a carriage return at the end is white space', () => {
  expect(only('quiescent = no\r')).toMatchObject({ text: 'quiescent = no' });
});
