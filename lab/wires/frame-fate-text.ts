import type { Fate } from './protocol.ts';

type Told = Pick<Fate, 'to' | 'fate' | 'reason' | 'fault' | 'delayNs' | 'bytes'>;

/**
 * What the comment of a recorded frame says of its fates: `lost towards web1, web2: cut f3; delayed 20 ms
 * towards client: f4`. Ports that fared alike are named together. Undefined when nothing happened.
 */
export function fatesComment(fates: readonly Told[]): string | undefined {
  const phrases = new Map<string, { readonly head: string; readonly tail: string; readonly to: string[] }>();
  for (const fate of fates) {
    const head = headOf(fate);
    const tail = tailOf(fate);
    const key = `${head}\n${tail}`;
    const phrase = phrases.get(key) ?? { head, tail, to: [] };
    if (fate.to !== null) phrase.to.push(fate.to);
    phrases.set(key, phrase);
  }
  if (phrases.size === 0) return undefined;
  return [...phrases.values()].map(({ head, tail, to }) => `${head}${towards(to)}${tail}`).join('; ');
}

/** `corrupted copy of frame 12 towards web1: f5` */
export function copyComment(
  kind: string,
  of: number | null,
  to: readonly string[],
  fault: string | undefined,
): string {
  const original = of === null ? 'a frame missing from the record' : `frame ${of}`;
  return `${kind} of ${original}${towards(to)}${fault === undefined ? '' : `: ${fault}`}`;
}

function headOf({ fate, delayNs, bytes }: Told): string {
  const which = bytes === undefined ? '' : ` bytes ${bytes.from}-${bytes.from + bytes.count - 1}`;
  return `${fate}${which}${delayNs === undefined ? '' : ` ${milliseconds(delayNs)} ms`}`;
}

function tailOf({ reason, fault }: Told): string {
  const why = [reason?.replaceAll('-', ' '), fault].filter((part) => part !== undefined);
  return why.length === 0 ? '' : `: ${why.join(' ')}`;
}

function towards(nodes: readonly string[]): string {
  return nodes.length === 0 ? '' : ` towards ${nodes.join(', ')}`;
}

/** Microseconds are kept, trailing zeroes are not. */
function milliseconds(ns: number): string {
  return String(Number((ns / 1e6).toFixed(3)));
}
