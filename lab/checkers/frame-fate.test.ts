import { describe, expect, test } from 'vitest';
import { isLostTowards, readFate } from './frame-fate.ts';

describe("a frame's fate", () => {
  test.for([
    [undefined, [], false, 0],
    ['lost towards web1, web2: cut f3; delayed 20 ms towards client: f4', ['web1', 'web2'], false, 0],
    ['lost towards web1:eth0, web2:eth1: block f1', ['web1:eth0', 'web2:eth1'], false, 0],
    ['delayed 20 ms towards client: f4', [], false, 0],
    ['corrupted towards web1: f5', ['web1'], false, 0],
    ['corrupted copy of frame 12 towards web1: f5', [], true, 0],
    ['duplicate of a frame missing from the record towards web1: f5', [], true, 0],
    ['lost: link down f1', 'all', false, 0],
    ['3 frames before this one missing from the record: the disk did not keep up', [], false, 3],
    [
      '1 frame before this one missing from the record: the disk did not keep up; lost towards web1: cut f1',
      ['web1'],
      false,
      1,
    ],
    ['a note of a user', [], false, 0],
  ] as const)('%j', ([comment, lostTowards, isCopy, missingBefore]) => {
    expect(readFate(comment)).toEqual({ lostTowards, isCopy, missingBefore });
  });

  test('a label means its node, with or without its NIC', () => {
    expect(isLostTowards(['web1:eth1'], 'web1')).toBe(true);
    expect(isLostTowards(['web1'], 'web1')).toBe(true);
    expect(isLostTowards(['web10'], 'web1')).toBe(false);
    expect(isLostTowards('all', 'web1')).toBe(true);
  });
});
