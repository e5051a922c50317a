import { describe, expect, test } from 'vitest';
import { readCommandLine } from './command-line.ts';

const words = (line: string) => line.split(' ').filter((word) => word !== '');

describe('a command', () => {
  test.for([
    ['start', { configName: 'ldirectord.cf', instance: 'ldirectord', command: 'start', debug: false }],
    ['web.cf stop', { configName: 'web.cf', instance: 'web.cf', command: 'stop', debug: false }],
    ['/srv/ha/web.cf status', { configName: '/srv/ha/web.cf', instance: 'web.cf', command: 'status' }],
    ['-d start', { command: 'start', debug: true }],
    ['--debug web.cf start', { configName: 'web.cf', debug: true }],
    ['-d -- web.cf start', { configName: 'web.cf', debug: true }],
    ['-- start', { command: 'start', debug: false }],
    ['start stop', { configName: 'start', command: 'stop' }],
  ] as const)('%s', ([line, invocation]) => {
    expect(readCommandLine(words(line))).toMatchObject({ kind: 'invocation', invocation });
  });

  test.for(['start', 'stop', 'restart', 'try-restart', 'reload', 'force-reload', 'status'])(
    'may be %s',
    (command) => {
      expect(readCommandLine([command])).toMatchObject({ invocation: { command } });
    },
  );
});

test.for(['-h', '-?', '--help', '-d --help start'])('%s asks for help', (line) => {
  expect(readCommandLine(words(line))).toEqual({ kind: 'help' });
});

test.for(['-v', '--version'])('%s asks for the version', (line) => {
  expect(readCommandLine(words(line))).toEqual({ kind: 'version' });
});

test.for([
  ['', 'found no command'],
  ['-d', 'found no command'],
  ['--frob start', 'found option --frob'],
  ['-- -d start stop', 'found argument "stop" after the command'],
  ['web.cf start now', 'found argument "now" after the command'],
  ['strat', 'found command "strat"; nearest known name: start'],
  ['web.cf frobnicate', 'found command "frobnicate"'],
] as const)('"%s" is wrong: %s', ([line, text]) => {
  expect(readCommandLine(words(line))).toEqual({ kind: 'wrong', text });
});
