import { describe, expect, test } from 'vitest';
import { openProgressBar, renderBar } from './progress-bar.ts';

describe('one line of progress', () => {
  const line = (fraction: number | undefined, columns = 80) =>
    renderBar({ text: 'installing the kernel', fraction, seconds: 12, columns });

  test('shows the share, the time and what is done', () => {
    expect(line(0.5)).toBe('[████████████            ]  50 %  12 s  installing the kernel');
  });

  test('keeps within its ends', () => {
    expect(line(-1)).toContain('[                        ]   0 %');
    expect(line(2)).toContain('[████████████████████████] 100 %');
  });

  test('does not claim a share that nobody knows', () => {
    expect(line(undefined)).toBe('…  12 s  installing the kernel');
  });

  test('leaves the last column free', () => {
    expect(line(0.5, 40)).toHaveLength(39);
  });
});

describe('without a terminal', () => {
  test('each new text is one line and nothing is erased', () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) > 0 };
    {
      using bar = openProgressBar({ stream, now: () => 0 });
      bar.show('unpacking', 0.1);
      bar.show('unpacking', 0.2);
      bar.show('packing', 0.9);
    }
    expect(written).toEqual(['… unpacking\n', '… packing\n']);
  });
});

describe('on a terminal', () => {
  test('one line moves and is gone at the end', () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 40, write: (text: string) => written.push(text) > 0 };
    {
      using bar = openProgressBar({ stream, now: () => 0 });
      bar.show('unpacking');
    }
    expect(written).toEqual(['\r\u001b[2K…  0 s  unpacking', '\r\u001b[2K']);
  });
});
