import { expect, test } from 'vitest';
import { copyComment, fatesComment } from './frame-fate-text.ts';

test('names ports that fared alike together, and says nothing when nothing happened', () => {
  expect(fatesComment([])).toBeUndefined();
  expect(
    fatesComment([
      { to: 'web1', fate: 'lost', reason: 'cut', fault: 'f3' },
      { to: 'client', fate: 'delayed', fault: 'f4', delayNs: 20_000_000 },
      { to: 'web2', fate: 'lost', reason: 'cut', fault: 'f3' },
    ]),
  ).toBe('lost towards web1, web2: cut f3; delayed 20 ms towards client: f4');
});

test('says each kind of fate', () => {
  const said = [
    fatesComment([{ to: null, fate: 'lost', reason: 'mtu' }]),
    fatesComment([{ to: 'web1', fate: 'lost', reason: 'queue-full' }]),
    fatesComment([{ to: 'web1', fate: 'held', fault: 'f1' }]),
    fatesComment([{ to: 'web1', fate: 'delayed', fault: 'f1', delayNs: 1_234_567 }]),
    fatesComment([{ to: 'b', fate: 'lost', reason: 'drop', fault: 'f2', bytes: { from: 3, count: 12 } }]),
    copyComment('corrupted copy', 12, ['web1', 'web2'], 'f5'),
    copyComment('duplicate', null, ['web1'], undefined),
  ];

  expect(said).toMatchInlineSnapshot(`
    [
      "lost: mtu",
      "lost towards web1: queue full",
      "held towards web1: f1",
      "delayed 1.235 ms towards web1: f1",
      "lost bytes 3-14 towards b: drop f2",
      "corrupted copy of frame 12 towards web1, web2: f5",
      "duplicate of a frame missing from the record towards web1",
    ]
  `);
});
