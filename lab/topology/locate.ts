// Finds the place in a source file that a path in the topology object comes from. The object is already a
// value when its problems are found, so the way back is textual: the object literal is walked key by key.

import type { Topology } from './define.ts';
import { type Path, parsePath } from './path.ts';
import type { TopologyProblem } from './problem.ts';
import { type Token, tokenize } from './source-tokens.ts';

/** Both count from 1; a column is a UTF-16 unit, as editors count. */
export interface Location {
  readonly line: number;
  readonly column: number;
}

/**
 * Where in the text of its file a problem of a topology stands, as close as the text allows: the key or the
 * value itself; else the literal that was found, within the innermost part that could be walked (a value may
 * come from a function or another file); else that part. Undefined when the text has no topology at all.
 */
export function locateProblem(problem: TopologyProblem, sourceText: string): Location | undefined {
  return locate(problem.path, problem.at, problem.found, problem.otherPath === undefined ? 0 : 1, sourceText);
}

/** Where the other place of a conflict stands. */
export function locateOther(problem: TopologyProblem, sourceText: string): Location | undefined {
  if (problem.otherPath === undefined) return undefined;
  return locate(problem.otherPath, problem.at, problem.found, 0, sourceText);
}

function locate(
  pathText: string,
  at: 'key' | 'value',
  found: string,
  occurrence: number,
  sourceText: string,
): Location | undefined {
  const path = parsePath(pathText);
  if (path === undefined) return undefined;
  const source = new Source(tokenize(sourceText));
  const reached = source
    .roots()
    .map((root) => source.walk(root, path))
    // The deepest wins, the likeliest among equals: a file may have other objects with a property `nodes`.
    .reduce<Reached | undefined>(
      (best, next) => (best === undefined || next.depth > best.depth ? next : best),
      undefined,
    );
  if (reached === undefined) return undefined;
  const offset =
    reached.depth === path.length
      ? at === 'key'
        ? reached.keyOffset
        : reached.valueOffset
      : (source.literalWithin(reached, found, occurrence) ?? reached.keyOffset);
  return locationOf(sourceText, offset);
}

export function locationOf(sourceText: string, offset: number): Location {
  const before = sourceText.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

/** How far a walk came. */
interface Reached {
  /** Parts of the path that were found. */
  readonly depth: number;
  readonly keyOffset: number;
  readonly valueOffset: number;
  /** Token range of the value. */
  readonly start: number;
  readonly end: number;
}

interface Member {
  readonly key: string | number;
  readonly keyOffset: number;
  /** Token range of the value, `end` exclusive. */
  readonly start: number;
  readonly end: number;
}

const closings: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

const topologyKeys = [
  'name',
  'segments',
  'lines',
  'nodes',
  'services',
  'spare',
] as const satisfies (keyof Topology)[];

/** Chains of constants and spreads are followed this far; a longer one is a cycle. */
const hopsMax = 16;

class Source {
  readonly #tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Openings of the object literals that may be a topology, the likeliest first. */
  roots(): readonly number[] {
    return this.#tokens
      .flatMap((_, index) => {
        if (!this.#is(index, '{')) return [];
        const keys = new Set(this.#members(index).map(({ key }) => key));
        const isLikely = keys.has('nodes') || keys.has('segments');
        return isLikely ? [{ index, matches: topologyKeys.filter((key) => keys.has(key)).length }] : [];
      })
      .toSorted((a, b) => b.matches - a.matches)
      .map(({ index }) => index);
  }

  walk(root: number, path: Path): Reached {
    const offset = this.#tokens[root]!.offset;
    let reached: Reached = {
      depth: 0,
      keyOffset: offset,
      valueOffset: offset,
      start: root,
      end: this.#closing(root) + 1,
    };
    for (const part of path) {
      const member = this.#member(reached.start, reached.end, part, hopsMax);
      if (member === undefined) break;
      reached = {
        depth: reached.depth + 1,
        keyOffset: member.keyOffset,
        valueOffset: this.#tokens[member.start]?.offset ?? member.keyOffset,
        start: member.start,
        end: member.end,
      };
    }
    return reached;
  }

  /** The literal `text` inside a part of the source; its first occurrence when there are fewer than asked for. */
  literalWithin({ start, end }: Reached, text: string, occurrence: number): number | undefined {
    const offsets = this.#tokens
      .slice(start, end)
      .filter((token) => (token.kind === 'string' || token.kind === 'number') && token.text === text)
      .map((token) => token.offset);
    return offsets[occurrence] ?? offsets[0];
  }

  #member(start: number, end: number, part: string | number, hops: number): Member | undefined {
    if (hops === 0) return undefined;
    const token = this.#tokens[start];
    if (token === undefined) return undefined;
    if (token.kind === 'word') {
      const value =
        end - start === 1 || this.#isAssertion(start + 1) ? this.#constant(token.text) : undefined;
      return value === undefined ? undefined : this.#member(value.start, value.end, part, hops - 1);
    }
    if (token.text === '(') return this.#member(start + 1, end, part, hops - 1);
    if (token.kind !== 'punctuation' || (token.text !== '{' && token.text !== '[')) return undefined;
    const members = this.#members(start);
    // As in JavaScript, the last of several equal keys counts.
    const own = members.findLast(({ key }) => key === part);
    if (own !== undefined) return own;
    for (const spread of members.filter(({ key }) => key === '...').toReversed()) {
      const member = this.#member(spread.start, spread.end, part, hops - 1);
      if (member !== undefined) return member;
    }
    return undefined;
  }

  /** The members of an object or array literal. A spread has the key `...`. */
  #members(open: number): readonly Member[] {
    const isArray = this.#is(open, '[');
    const members: Member[] = [];
    const close = this.#closing(open);
    let at = open + 1;
    while (at < close) {
      const end = this.#memberEnd(at, close);
      const token = this.#tokens[at]!;
      if (token.text === '...' && token.kind === 'punctuation') {
        members.push({ key: '...', keyOffset: token.offset, start: at + 1, end });
      } else if (isArray) {
        // Behind a spread nobody can count.
        const isCounted = !members.some(({ key }) => key === '...');
        members.push({ key: isCounted ? members.length : -1, keyOffset: token.offset, start: at, end });
      } else {
        const isComputed = this.#is(at, '[') && this.#is(at + 2, ']');
        const name = isComputed ? this.#tokens[at + 1]! : token;
        const colon = isComputed ? at + 3 : at + 1;
        const isShorthand = end === at + 1 && token.kind === 'word';
        if (this.#is(colon, ':'))
          members.push({ key: name.text, keyOffset: name.offset, start: colon + 1, end });
        else if (isShorthand) members.push({ key: name.text, keyOffset: name.offset, start: at, end });
      }
      at = end + 1;
    }
    return members;
  }

  /** The comma after a member, or the closing bracket. */
  #memberEnd(start: number, close: number): number {
    let at = start;
    while (at < close && !this.#is(at, ',')) at = (this.#isOpening(at) ? this.#closing(at) : at) + 1;
    return Math.min(at, close);
  }

  /** The matching bracket; the end of the file when there is none. */
  #closing(open: number): number {
    const expected: string[] = [];
    for (let at = open; at < this.#tokens.length; at++) {
      if (this.#isOpening(at)) expected.push(closings[this.#tokens[at]!.text]!);
      else if (this.#is(at, expected.at(-1) ?? '')) expected.pop();
      if (expected.length === 0) return at;
    }
    return this.#tokens.length;
  }

  /** The initialiser of `const name = …`, wherever it stands: names in topology files are rarely reused. */
  #constant(name: string): { readonly start: number; readonly end: number } | undefined {
    const declared = this.#tokens.findIndex(
      ({ kind, text }, index) =>
        kind === 'word' &&
        text === name &&
        ['const', 'let', 'var'].includes(this.#tokens[index - 1]?.text ?? ''),
    );
    if (declared === -1) return undefined;
    // Skip a type annotation.
    let at = declared + 1;
    while (at < this.#tokens.length && !this.#is(at, '=') && !this.#is(at, ';')) {
      at = (this.#isOpening(at) ? this.#closing(at) : at) + 1;
    }
    if (!this.#is(at, '=')) return undefined;
    const start = at + 1;
    const end = this.#isOpening(start) ? this.#closing(start) + 1 : start + 1;
    return { start, end };
  }

  #is(index: number, text: string): boolean {
    const token = this.#tokens[index];
    return token?.kind === 'punctuation' && token.text === text;
  }

  #isOpening(index: number): boolean {
    const token = this.#tokens[index];
    return token?.kind === 'punctuation' && token.text in closings;
  }

  #isAssertion(index: number): boolean {
    return ['as', 'satisfies'].includes(this.#tokens[index]?.text ?? '');
  }
}
