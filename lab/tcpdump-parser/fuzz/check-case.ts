import { checkCapture } from './check-capture.ts';
import { checkFrame } from './check-frame.ts';
import type { FuzzCase } from './fuzz-case.ts';
import { withBytes } from './fuzz-case.ts';

/** What is wrong, or undefined. */
export function checkCase(input: FuzzCase): string | undefined {
  if (input.kind === 'capture') return checkCapture(input.bytes, input.cutSeed);
  return checkFrame(input.bytes, input.linkType, input.originalLength);
}

/** Findings that differ in numbers only are the same one. */
function kindOf(finding: string): string {
  return finding
    .split('\n')[0]!
    .replace(/[0-9a-f.:]*\d[0-9a-f.:]*/g, '#')
    .slice(0, 60);
}

const ATTEMPTS_MAX = 4000;

/** Takes pieces out and clears bytes for as long as the same thing is wrong. */
export function shrink(input: FuzzCase, finding: string): FuzzCase {
  const kind = kindOf(finding);
  let best = input;
  let attempts = 0;
  const tryBytes = (bytes: Uint8Array): boolean => {
    if (attempts++ > ATTEMPTS_MAX) return false;
    const candidate = withBytes(best, bytes);
    const found = checkCase(candidate);
    if (found === undefined || kindOf(found) !== kind) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(input.bytes.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = best.bytes.length - size; at >= 0; at -= size) {
      const { bytes } = best;
      tryBytes(Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + size)]));
    }
  }
  for (let at = 0; at < best.bytes.length; at++) {
    if (best.bytes[at] === 0) continue;
    const bytes = best.bytes.slice();
    bytes[at] = 0;
    tryBytes(bytes);
  }
  return best;
}
