import { expect, test } from 'vitest';
import { onProgress, type Progress, progress } from './progress.ts';

test('whoever listens hears what goes on, until it stops listening', () => {
  const heard: Progress[] = [];
  progress('before');
  using listening = onProgress((report) => heard.push(report));

  progress('building the guest image', 0.4);
  progress('booting');
  listening[Symbol.dispose]();
  progress('after');

  expect(heard).toEqual([{ text: 'building the guest image', fraction: 0.4 }, { text: 'booting' }]);
});
