import { execFile } from 'node:child_process';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { LiveView, type Size } from './live-view.ts';
import { Screen } from './screen.ts';

/** Sixty columns, ten rows, and what a shell has left. */
function screenAfter(text: string): Screen {
  const screen = new Screen(60, 10);
  screen.write(text);
  return screen;
}

afterEach(() => vi.useRealTimers());

describe('frames', () => {
  test('replace each other and leave what was above', () => {
    const screen = screenAfter('$ halab run\r\n');
    let lines = ['one', 'two, longer', 'three'];
    using view = new LiveView(screen, () => lines);
    expect(screen.text).toBe('$ halab run\none\ntwo, longer\nthree');

    lines = ['ONE', '2'];
    view.draw();
    expect(screen.text).toBe('$ halab run\nONE\n2');

    lines = ['one', 'two', 'three', 'four'];
    view.draw();
    expect(screen.text).toBe('$ halab run\none\ntwo\nthree\nfour');
  });

  test('that are the same are not written again', () => {
    const screen = screenAfter('');
    using view = new LiveView(screen, () => ['one']);
    let writes = 0;
    screen.write = () => {
      writes += 1;
      return true;
    };

    view.draw();
    view.draw();

    expect(writes).toBe(0);
    screen.write = Screen.prototype.write;
  });

  test('follow by themselves', () => {
    vi.useFakeTimers();
    const screen = screenAfter('');
    let frame = 0;
    using _view = new LiveView(screen, () => [`frame ${++frame}`]);

    vi.advanceTimersByTime(800);

    expect(screen.text).toBe('frame 11');
  });

  test('are one write each, so that nothing flickers', () => {
    const screen = screenAfter('');
    let lines = ['one', 'two'];
    using view = new LiveView(screen, () => lines);
    const written: string[] = [];
    const original = screen.write.bind(screen);
    screen.write = (text: string) => {
      written.push(text);
      return original(text);
    };
    lines = ['three'];

    view.draw();

    expect(written).toEqual(['\u001b[?2026h\r\u001b[2Athree\u001b[K\r\n\u001b[J\u001b[?2026l']);
  });

  test('get the size of the terminal, less the column that a full line would spoil', () => {
    const sizes: Size[] = [];
    using _view = new LiveView(screenAfter(''), (size) => {
      sizes.push(size);
      return [];
    });

    expect(sizes).toEqual([{ width: 59, height: 10 }]);
  });
});

describe('lines that are printed', () => {
  test('go above the view, in their order', () => {
    const screen = screenAfter('$ halab run\r\n');
    using view = new LiveView(screen, () => ['one', 'two']);

    view.print('a\nb\n');
    view.print('c');

    expect(screen.text).toBe('$ halab run\na\nb\nc\none\ntwo');
  });

  test('leave no copy of the view where the screen scrolls', () => {
    const screen = screenAfter('');
    using view = new LiveView(screen, () => ['one', 'two', 'three']);
    const printed = Array.from({ length: 30 }, (_, index) => `line ${index}`);

    for (const text of printed) view.print(text);

    expect(screen.text).toBe([...printed, 'one', 'two', 'three'].join('\n'));
  });
});

describe('a change of size', () => {
  const render = ({ width }: Size) => ['x'.repeat(width), 'y'.repeat(width)];

  test('to a narrower terminal leaves no folded remains', () => {
    const screen = screenAfter('$ halab run\r\n');
    using _view = new LiveView(screen, render);

    screen.resize(25, 10);

    expect(screen.text).toBe(`$ halab run\n${'x'.repeat(24)}\n${'y'.repeat(24)}`);
  });

  test('to a wider terminal draws wider', () => {
    const screen = screenAfter('$ halab run\r\n');
    using _view = new LiveView(screen, render);

    screen.resize(80, 10);

    expect(screen.text).toBe(`$ halab run\n${'x'.repeat(79)}\n${'y'.repeat(79)}`);
  });
});

describe('the end', () => {
  test('takes the view away, shows the cursor and lets go of the process', () => {
    const screen = screenAfter('$ halab run\r\n');
    const listeners = () =>
      ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((event) => process.listenerCount(event));
    const before = listeners();
    const view = new LiveView(screen, () => ['one']);
    expect(screen.cursorIsShown).toBe(false);

    view[Symbol.dispose]();
    view[Symbol.dispose]();

    expect(screen.text).toBe('$ halab run');
    expect(screen.cursorIsShown).toBe(true);
    expect(listeners()).toEqual(before);
    expect(screen.listenerCount('resize')).toBe(0);
  });

  test('leaves printing to the terminal', () => {
    const screen = screenAfter('');
    const view = new LiveView(screen, () => ['one']);
    view[Symbol.dispose]();

    view.print('done\n');
    view.draw();

    expect(screen.text).toBe('done');
  });

  const program = (body: string) => `
    const { LiveView } = await import(${JSON.stringify(new URL('./live-view.ts', import.meta.url).href)});
    new LiveView(process.stdout, () => ['one']);
    ${body}`;
  const run = (body: string) =>
    new Promise<{ stdout: string; signal: string | undefined; code: unknown }>((done) => {
      execFile(process.execPath, ['--input-type=module', '--eval', program(body)], (error, stdout) =>
        done({ stdout, signal: error?.signal, code: error?.code ?? 0 }),
      );
    });
  const restored = '\u001b[?25h\u001b[?2026l';

  test.for([
    ["process.kill(process.pid, 'SIGINT'); setInterval(() => {}, 1000);", 'SIGINT'],
    ["process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);", 'SIGTERM'],
  ] as const)('by a signal gives the cursor back and is still by that signal: %s', async ([body, signal]) => {
    const ended = await run(body);

    expect(ended.stdout.endsWith(restored)).toBe(true);
    expect(ended.signal).toBe(signal);
  });

  test('by an error nobody caught gives the cursor back', async () => {
    const ended = await run("throw new Error('broken');");

    expect(ended.stdout.endsWith(restored)).toBe(true);
    expect(ended.code).toBe(1);
  });

  test('by a signal that somebody else handles is left to them', async () => {
    const ended = await run(
      "process.on('SIGINT', () => process.exit(7)); process.kill(process.pid, 'SIGINT'); setInterval(() => {}, 1000);",
    );

    expect(ended.stdout.endsWith(restored)).toBe(true);
    expect(ended.code).toBe(7);
  });

  test('does not wait for the view', async () => {
    const ended = await run('');

    expect(ended.code).toBe(0);
    expect(ended.stdout.endsWith(restored)).toBe(true);
  });
});
