import { expect, test } from 'vitest';
import { ctime, logLine, monitorLine } from './log-line.ts';

const evening = new Date(2026, 10, 20, 13, 1, 22);

test('a moment is written as C writes it', () => {
  expect(ctime(evening)).toBe('Fri Nov 20 13:01:22 2026');
  expect(ctime(new Date(2026, 0, 5, 0, 0, 9))).toBe('Mon Jan  5 00:00:09 2026');
});

test('a line of the log names instance and process', () => {
  expect(logLine(evening, 'web.cf', 4711, 'Added virtual server: 192.0.2.80:80')).toBe(
    '[Fri Nov 20 13:01:22 2026|web.cf|4711] Added virtual server: 192.0.2.80:80',
  );
});

test('a line of a monitor file keeps to one line and its fields', () => {
  const id = 'negotiate:http:tcp:198.51.100.2:80::80:1:GET:\\/x:OK';
  expect(monitorLine(evening, 4711, id, true, '200 OK')).toBe(
    '[Fri Nov 20 13:01:22 2026] [4711] negotiate http tcp 198.51.100.2 80 80 1 GET /x OK [up] 200 OK',
  );
  expect(monitorLine(evening, 1, 'a', false, '100%|\r\n')).toBe(
    '[Fri Nov 20 13:01:22 2026] [1] a [down] 100%25%7C%0D%0A',
  );
});
