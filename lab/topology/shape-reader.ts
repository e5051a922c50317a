import type { Range } from './limits.ts';
import { nearestName } from './nearest-name.ts';
import { describePath, formatPath, type Path, type Placed } from './path.ts';
import type { TopologyProblem, TopologyRule } from './problem.ts';

/** Present properties by name. */
export type Fields<Name extends string> = Readonly<Partial<Record<Name, Placed<unknown>>>>;

type Details = Omit<TopologyProblem, 'rule' | 'path' | 'at'>;

/**
 * Takes unknown values apart and collects what is wrong with their shape. Every method answers `undefined`
 * (or nothing at all, for lists) for an absent value without complaint: what must be there is the business of
 * `fields`.
 */
export class ShapeReader {
  readonly problems: TopologyProblem[] = [];

  report(rule: TopologyRule, path: Path, at: 'key' | 'value', details: Details): void {
    this.problems.push({ rule, path: formatPath(path), at, ...details });
  }

  isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  }

  /** The properties of an object of which all names are known. */
  fields<const Name extends string>(
    { value, path }: Placed<unknown>,
    names: { readonly required: readonly Name[]; readonly optional: readonly Name[] },
  ): Fields<Name> | undefined {
    if (!this.isObject(value)) {
      this.#reportType({ value, path }, 'an object');
      return undefined;
    }
    const known = [...names.required, ...names.optional];
    const unused = known.filter((name) => value[name] === undefined);
    const misspelt = new Set<string>();
    for (const name of Object.keys(value).filter((key) => !known.some((other) => other === key))) {
      const nearest = nearestName(name, unused);
      if (nearest !== undefined) misspelt.add(nearest);
      this.report('unknown-property', [...path, name], 'key', {
        text: `${describePath(path)} has an unknown property ${name}`,
        found: name,
        expected: unused.length === 0 ? 'no further property' : oneOfThese(unused),
        ...suggestion(nearest),
      });
    }
    const missing = names.required.filter((name) => value[name] === undefined && !misspelt.has(name));
    if (missing.length > 0) {
      this.report('missing-property', path, 'key', {
        text: `${describePath(path)} has no ${missing.join(', no ')}`,
        found: Object.keys(value).join(', ') || 'nothing',
        expected: `an object with ${names.required.join(', ')}`,
      });
    }
    const present: Partial<Record<Name, Placed<unknown>>> = {};
    for (const name of known) {
      if (value[name] !== undefined) present[name] = { value: value[name], path: [...path, name] };
    }
    return present;
  }

  /** The entries of an object whose names the user chooses. */
  entries(placed: Placed<unknown> | undefined): [string, Placed<unknown>][] {
    if (placed === undefined) return [];
    const { value, path } = placed;
    if (!this.isObject(value)) {
      this.#reportType(placed, 'an object');
      return [];
    }
    return Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, { value: item, path: [...path, key] }]);
  }

  list(placed: Placed<unknown> | undefined): Placed<unknown>[] {
    if (placed === undefined) return [];
    const { value, path } = placed;
    if (!Array.isArray(value)) {
      this.#reportType(placed, 'a list');
      return [];
    }
    return value.map((item: unknown, index) => ({ value: item, path: [...path, index] }));
  }

  text(placed: Placed<unknown> | undefined, expected = 'a string'): Placed<string> | undefined {
    if (placed === undefined) return undefined;
    if (typeof placed.value !== 'string') {
      this.#reportType(placed, expected);
      return undefined;
    }
    return { value: placed.value, path: placed.path };
  }

  integer(placed: Placed<unknown> | undefined, { min, max }: Range): Placed<number> | undefined {
    if (placed === undefined) return undefined;
    const { value, path } = placed;
    const expected = `a whole number from ${min} to ${max}`;
    if (typeof value !== 'number') {
      this.#reportType(placed, expected);
      return undefined;
    }
    if (!Number.isInteger(value) || value < min || value > max) {
      this.report('out-of-range', path, 'value', {
        text: `${describePath(path)} is ${value}`,
        found: String(value),
        expected,
      });
      return undefined;
    }
    return { value, path };
  }

  oneOf<T extends string | number>(
    placed: Placed<unknown> | undefined,
    allowed: readonly T[],
  ): T | undefined {
    if (placed === undefined) return undefined;
    const match = allowed.find((candidate) => candidate === placed.value);
    if (match === undefined) {
      this.report('unknown-value', placed.path, 'value', {
        text: `${describePath(placed.path)} is ${quote(placed.value)}`,
        found: String(placed.value),
        expected: oneOfThese(allowed.map(String)),
        ...suggestion(
          typeof placed.value === 'string' ? nearestName(placed.value, allowed.map(String)) : undefined,
        ),
      });
    }
    return match;
  }

  #reportType({ value, path }: Placed<unknown>, expected: string): void {
    this.report('wrong-type', path, 'value', {
      text: `${describePath(path)} is ${quote(value)}`,
      found: quote(value),
      expected,
    });
  }
}

/** Spread into a problem: with `exactOptionalPropertyTypes` an absent suggestion is no property at all. */
export function suggestion(nearest: string | undefined): { readonly nearest?: string } {
  return nearest === undefined ? {} : { nearest };
}

export function oneOfThese(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `one of ${names.join(', ')}`;
}

function quote(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
