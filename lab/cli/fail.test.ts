import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { LabError } from '../errors.ts';
import { TopologyError } from '../topology/problem.ts';
import { describeFailure } from './fail.ts';

describe('an error becomes words and an exit code', () => {
  test('wrong usage is one line', () => {
    const failure = describeFailure(
      new LabError('LAB_USAGE', 'no subject is called "stak"; did you mean "stack"?'),
    );
    expect(failure).toEqual({
      exitCode: 2,
      isUnexpected: false,
      lines: ['no subject is called "stak"; did you mean "stack"?'],
    });
  });

  test('a broken lab gives the code, the node unless it is named, and the evidence', () => {
    const failure = describeFailure(
      new LabError('LAB_NODE_SILENT', 'the agent did not answer within 5000 ms', {
        node: 'web1',
        evidence: ['nodes/web1/console.log', 'outside.pcapng'],
      }),
    );
    expect(failure.lines.join('\n')).toMatchInlineSnapshot(`
      "the agent did not answer within 5000 ms
        node      web1
        evidence  nodes/web1/console.log
                  outside.pcapng
        code      LAB_NODE_SILENT"
    `);
    expect(failure.exitCode).toBe(3);
    expect(describeFailure(new LabError('LAB_NODE_GONE', 'web1 ended', { node: 'web1' })).lines).toEqual([
      'web1 ended',
      '  code      LAB_NODE_GONE',
    ]);
  });

  test.for([
    ['LAB_USAGE', 2],
    ['LAB_QEMU_MISSING', 2],
    ['LAB_TOOL_MISSING', 2],
    ['LAB_IMAGE_SPACE', 2],
    ['LAB_IMAGE_BUILD', 3],
    ['LAB_NODE_BOOT', 3],
  ] as const)('%s ends with %i', ([code, exitCode]) => {
    expect(describeFailure(new LabError(code, 'text')).exitCode).toBe(exitCode);
  });

  test('located problems are all told, as an editor reads them', () => {
    const error = new TopologyError([
      { file: 'lab.ts', line: 3, column: 7, text: 'first' },
      { file: 'lab.ts', text: 'second' },
    ]);
    expect(describeFailure(error)).toEqual({
      exitCode: 2,
      isUnexpected: false,
      lines: ['lab.ts:3:7: first', 'lab.ts: second'],
    });
  });

  test('an error that merely has a list called problems is not taken for one', () => {
    expect(
      describeFailure(Object.assign(new Error('odd'), { problems: [{ where: 'x' }] })).isUnexpected,
    ).toBe(true);
    expect(describeFailure(Object.assign(new Error('odd'), { problems: [] })).isUnexpected).toBe(true);
  });

  test('a suggestion of the argument parser joins its line', () => {
    const error = new CommanderError(
      1,
      'commander.unknownOption',
      "error: unknown option '--sede'\n(Did you mean --seed?)",
    );
    expect(describeFailure(error).lines[0]).toBe("unknown option '--sede'; did you mean --seed?");
  });

  test('when clean-up fails too, the first error stays first', () => {
    const error = new SuppressedError(
      new Error('socket busy'),
      new LabError('LAB_NODE_BOOT', 'web1 did not boot'),
      '',
    );
    expect(describeFailure(error)).toEqual({
      exitCode: 3,
      isUnexpected: false,
      lines: [
        'web1 did not boot',
        '  code      LAB_NODE_BOOT',
        'after that, clean-up failed too: halab failed unexpectedly: socket busy',
      ],
    });
  });

  test('a defect of halab is one line, whatever was thrown', () => {
    expect(describeFailure(new TypeError('x is undefined\n  at y'))).toEqual({
      exitCode: 3,
      isUnexpected: true,
      lines: ['halab failed unexpectedly: x is undefined'],
    });
    expect(describeFailure('thrown text').lines).toEqual(['halab failed unexpectedly: thrown text']);
    expect(describeFailure(undefined).lines).toEqual(['halab failed unexpectedly: undefined']);
  });
});
