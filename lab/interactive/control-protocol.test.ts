import { expect, test } from 'vitest';
import { LabError } from '../errors.ts';
import { type CarriedError, carryError, receivedError } from './control-protocol.ts';

const overTheWire = (error: unknown) =>
  receivedError(JSON.parse(JSON.stringify(carryError(error))) as CarriedError);

test("a lab's error arrives with its code, node and evidence", () => {
  const error = overTheWire(
    new LabError('LAB_NODE_GONE', 'web1 is gone', { node: 'web1', evidence: ['nodes/web1'] }),
  );
  expect(error).toBeInstanceOf(LabError);
  expect(error).toMatchObject({
    code: 'LAB_NODE_GONE',
    message: 'web1 is gone',
    node: 'web1',
    evidence: ['nodes/web1'],
  });
});

test('of several errors the first stays the first', () => {
  const first = new LabError('LAB_NODE_GONE', 'first');
  const error = overTheWire(
    new SuppressedError(new LabError('LAB_WIRES_GONE', 'second'), first),
  ) as SuppressedError;
  expect(error).toBeInstanceOf(SuppressedError);
  expect([error.suppressed.message, error.error.code]).toEqual(['first', 'LAB_WIRES_GONE']);
});

test('a defect arrives with the place where it happened', () => {
  const defect = new TypeError('x is not a function');
  const error = overTheWire(defect);
  expect(error).not.toBeInstanceOf(LabError);
  expect([error.message, error.stack]).toEqual([defect.message, defect.stack]);
});
