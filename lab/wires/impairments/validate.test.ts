import { describe, expect, test } from 'vitest';
import type { Effect } from './spec.ts';
import { impairmentProblems } from './validate.ts';

function effectProblems(effect: unknown, wireKind: 'segment' | 'cable' = 'segment'): string[] {
  return impairmentProblems({ fault: 'f1', wire: 'inside', effect }, wireKind);
}

describe('a sound impairment', () => {
  test.for<Effect>([
    { kind: 'cut' },
    { kind: 'degrade', lossPercent: 0 },
    {
      kind: 'degrade',
      lossPercent: 100,
      delayMs: 0,
      jitterMs: 0.5,
      rate: { kbitPerSecond: 64, queueBytes: 1 },
    },
    { kind: 'delay', delayMs: 20 },
    { kind: 'duplicate' },
  ])('%j has no problems', (effect) => {
    expect(effectProblems(effect)).toEqual([]);
  });

  test('names parties and occurrences in every form', () => {
    for (const party of ['all', 'web1', ['web1', 'web2:eth1']]) {
      for (const occurrences of [{ nth: 1 }, { from: 2 }, { from: 2, count: 3 }]) {
        const given = {
          fault: 'f1',
          wire: 'inside',
          from: party,
          towards: party,
          occurrences,
          effect: { kind: 'drop' },
        };
        expect(impairmentProblems(given, 'segment')).toEqual([]);
      }
    }
  });
});

describe('an unsound impairment', () => {
  test('tells of everything at once, with the nearest name', () => {
    const given = {
      fault: '',
      wire: 'inside',
      form: 'web1',
      towards: [],
      occurrences: { nth: 1, count: 2 },
      effect: { kind: 'degrade', losPercent: 1, lossPercent: 100.5, delayMs: -1, rate: { kbitPerSecond: 0 } },
    };

    expect(impairmentProblems(given, 'segment')).toMatchInlineSnapshot(`
      [
        "no part of an impairment is called "form": did you mean "from"? known: fault, wire, from, towards, match, occurrences, effect",
        "fault is "": the id of the fault is wanted",
        "towards is []: "all", a node or a list of nodes is wanted",
        "occurrences is {"nth":1,"count":2}: { nth } or { from, count }, whole numbers from 1, is wanted",
        "no part of "degrade" on a segment is called "losPercent": did you mean "lossPercent"? known: lossPercent, delayMs, jitterMs, duplicatePercent, reorderPercent, corruptPercent, rate",
        "effect.lossPercent is 100.5: a percentage from 0 to 100 is wanted",
        "effect.delayMs is -1: a number of milliseconds from 0 is wanted",
        "effect.rate is {"kbitPerSecond":0}: { kbitPerSecond, queueBytes } with kbitPerSecond a number above 0 is wanted",
      ]
    `);
  });

  test('of each kind is told on its own', () => {
    expect({
      noEffect: effectProblems(undefined),
      misspelt: effectProblems({ kind: 'dely' }),
      withoutDelay: effectProblems({ kind: 'delay' }),
      changesNothing: effectProblems({ kind: 'degrade' }),
      zeroth: impairmentProblems(
        { fault: 'f1', wire: 'inside', occurrences: { nth: 0 }, effect: { kind: 'drop' } },
        'segment',
      ),
      notAnObject: impairmentProblems(7, 'segment'),
    }).toMatchInlineSnapshot(`
      {
        "changesNothing": [
          "effect "degrade" changes nothing: one of lossPercent, delayMs, jitterMs, duplicatePercent, reorderPercent, corruptPercent, rate is wanted",
        ],
        "misspelt": [
          "no effect on a segment is called "dely": did you mean "delay"? known: cut, block, degrade, drop, delay, duplicate, corrupt",
        ],
        "noEffect": [
          "effect.kind is missing: one of cut, block, degrade, drop, delay, duplicate, corrupt is wanted",
        ],
        "notAnObject": [
          "the impairment is 7: an object is wanted",
        ],
        "withoutDelay": [
          "effect.delayMs is missing: a number of milliseconds from 0 is wanted",
        ],
        "zeroth": [
          "occurrences is {"nth":0}: { nth } or { from, count }, whole numbers from 1, is wanted",
        ],
      }
    `);
  });

  test('asks a cable for what only segments do', () => {
    expect({
      duplicate: effectProblems({ kind: 'duplicate' }, 'cable'),
      reorder: effectProblems({ kind: 'degrade', reorderPercent: 5 }, 'cable'),
      match: impairmentProblems({ fault: 'f1', wire: 'ring', match: {}, effect: { kind: 'drop' } }, 'cable'),
    }).toMatchInlineSnapshot(`
      {
        "duplicate": [
          "no effect on a cable is called "duplicate"; known: cut, block, degrade, drop, delay, corrupt",
        ],
        "match": [
          "match selects frames: a cable carries bytes; occurrences select bytes by their position",
        ],
        "reorder": [
          "no part of "degrade" on a cable is called "reorderPercent"; known: lossPercent, delayMs, jitterMs, corruptPercent",
        ],
      }
    `);
  });
});
