import { describe, expect, test } from 'vitest';
import { Canvas } from './canvas.ts';

const plain = { unicode: true, colour: false };
const ascii = { unicode: false, colour: false };

describe('Canvas', () => {
  test('puts the right sign where lines meet', () => {
    const canvas = new Canvas();
    canvas.horizontal(0, 0, 8, 'heavy');
    canvas.box(2, 1, 5, 3);
    canvas.vertical(4, 0, 1, 'light');
    canvas.vertical(4, 3, 4, 'light');
    canvas.horizontal(4, 0, 8, 'heavy');
    expect(`\n${canvas.render(plain)}\n`).toBe(`
━━━━┯━━━━
  ┌─┴─┐
  │   │
  └─┬─┘
━━━━┷━━━━
`);
    expect(`\n${canvas.render(ascii)}\n`).toBe(`
====+====
  +-+-+
  |   |
  +-+-+
====+====
`);
  });

  test('tells a wire that joins a bus from both sides from one that passes it', () => {
    const canvas = new Canvas();
    canvas.horizontal(1, 0, 4, 'heavy');
    canvas.vertical(1, 0, 2, 'light');
    canvas.vertical(3, 0, 2, 'light');
    canvas.bridge(3, 1);
    expect(`\n${canvas.render(plain)}\n`).toBe(`
 │ │
━┿━│━
 │ │
`);
    expect(`\n${canvas.render(ascii)}\n`).toBe(`
 | |
=+=|=
 | |
`);
  });

  test('turns a folded bus at its end', () => {
    const canvas = new Canvas();
    for (const y of [0, 2, 4]) canvas.horizontal(y, 0, 2, 'heavy');
    canvas.vertical(2, 0, 4, 'heavy');
    expect(`\n${canvas.render(plain)}\n`).toBe(`
━━┓
  ┃
━━┫
  ┃
━━┛
`);
  });

  test('draws cables double, out of the side and the bottom of a box and over a wire', () => {
    const canvas = new Canvas();
    canvas.box(0, 0, 3, 3);
    canvas.box(8, 0, 3, 3);
    canvas.vertical(5, 0, 4, 'light');
    canvas.horizontal(1, 2, 8, 'double');
    canvas.vertical(1, 2, 3, 'double');
    canvas.vertical(9, 2, 3, 'double');
    canvas.horizontal(3, 1, 9, 'double');
    expect(`\n${canvas.render(plain)}\n`).toBe(`
┌─┐  │  ┌─┐
│ ╞══╪══╡ │
└╥┘  │  └╥┘
 ╚═══╪═══╝
     │
`);
    expect(`\n${canvas.render(ascii)}\n`).toBe(`
+-+  |  +-+
| ####### |
+#+  |  +#+
 #########
     |
`);
  });

  test('text covers lines and may hold any character', () => {
    const canvas = new Canvas();
    canvas.horizontal(0, 0, 8, 'double');
    canvas.text(2, 0, ' ü€ ');
    expect(canvas.render(plain)).toBe('══ ü€ ═══');
  });

  test('leaves out blanks at the end of a line and keeps empty lines', () => {
    const canvas = new Canvas();
    canvas.text(1, 2, 'a  ');
    expect(canvas.render(plain)).toBe('\n\n a');
  });

  test('changes the colour only where the style changes, and never on a blank', () => {
    const canvas = new Canvas();
    canvas.text(0, 0, 'ab', '31');
    canvas.text(2, 0, 'c d', '1');
    canvas.text(5, 0, 'e');
    canvas.text(6, 0, 'f', '31');
    expect(canvas.render({ unicode: true, colour: true })).toBe(
      '\x1b[31mab\x1b[0;1mc\x1b[0m \x1b[1md\x1b[0me\x1b[31mf\x1b[0m',
    );
    expect(canvas.render(plain)).toBe('abc def');
  });
});
