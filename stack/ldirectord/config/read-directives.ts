import {
  globalDirectives,
  repeatableDirectives,
  retiredDirectives,
  virtualDirectives,
  type Written,
  type WrittenValue,
} from './directives.ts';
import { nearestName } from './nearest-name.ts';
import type { Problem } from './problem.ts';
import type { Entry } from './sections.ts';
import type { Reader } from './value-readers.ts';

/** Collects what is wrong, by line and column of one file. */
export interface Complaints {
  readonly error: (line: number, column: number, text: string) => void;
  readonly warning: (line: number, column: number, text: string) => void;
}

export function complaintsInto(file: string, errors: Problem[], warnings: Problem[]): Complaints {
  return {
    error: (line, column, text) => errors.push({ at: { file, line, column }, text }),
    warning: (line, column, text) => warnings.push({ at: { file, line, column }, text }),
  };
}

/** Reads the top level. */
export function readGlobals(
  entries: readonly Entry[],
  complaints: Complaints,
): Written<typeof globalDirectives> {
  return readEntries(entries, globalDirectives, complaints, (name) => {
    if (Object.hasOwn(virtualDirectives, name))
      return `allowed only in a section, indented by 4 or more (or a tab)`;
    return undefined;
  });
}

/** Reads the body of one section. */
export function readBody(
  entries: readonly Entry[],
  complaints: Complaints,
): Written<typeof virtualDirectives> {
  return readEntries(entries, virtualDirectives, complaints, (name) => {
    if (name === 'virtual' || name === 'virtual6') return 'allowed only in column 1';
    if (Object.hasOwn(globalDirectives, name)) return 'allowed only as a global directive, in column 1';
    return undefined;
  });
}

function readEntries<Table extends Readonly<Record<string, Reader<unknown>>>>(
  entries: readonly Entry[],
  table: Table,
  complaints: Complaints,
  elsewhere: (name: string) => string | undefined,
): Written<Table> {
  const written = new Map<string, WrittenValue<unknown>[]>();
  for (const entry of entries) {
    const { name, line, column } = entry;
    const reader = Object.hasOwn(table, name) ? table[name] : undefined;
    if (reader === undefined) {
      complaints.error(line, column, unknownText(name, Object.keys(table), elsewhere(name)));
      continue;
    }
    const value = readValue(entry, reader, complaints);
    if (value === undefined) continue;
    const earlier = written.get(name) ?? [];
    const first = earlier[0];
    if (first !== undefined && !repeatableDirectives.includes(name)) {
      complaints.warning(line, column, `${name} was already given in line ${first.line}; this line is used`);
    }
    written.set(name, [...earlier, value]);
  }
  // Each list holds what the reader of the same name returned, which is what `Written` says.
  return Object.fromEntries(written) as unknown as Written<Table>;
}

function readValue(
  entry: Entry,
  reader: Reader<unknown>,
  complaints: Complaints,
): WrittenValue<unknown> | undefined {
  const { name, line, column, valueColumn } = entry;
  if (name === 'checkcount')
    complaints.warning(line, column, 'checkcount is deprecated; only ping checks use it');
  if (!entry.hasEquals) {
    if (name === 'supervised' && entry.value === '') {
      complaints.warning(line, column, 'supervised without a value is deprecated; write supervised = yes');
      return { value: true, line, column, valueColumn };
    }
    complaints.error(line, column, `${name}: found no "="; allowed: ${name} = value`);
    return undefined;
  }
  const reading = reader(entry.value);
  if (reading.ok) return { value: reading.value, line, column, valueColumn };
  complaints.error(line, valueColumn + reading.offset, `${name}: ${reading.text}`);
  return undefined;
}

function unknownText(name: string, known: readonly string[], elsewhere: string | undefined): string {
  const instead = retiredDirectives[name];
  if (instead !== undefined) return `found ${name}, which is no longer known; allowed instead: ${instead}`;
  if (elsewhere !== undefined) return `found ${name}; ${elsewhere}`;
  const nearest = nearestName(name, known);
  if (nearest === undefined) return `found unknown directive "${name}"; allowed: ${known.join(', ')}`;
  return `found unknown directive "${name}"; nearest known name: ${nearest}`;
}

/** The last value of a directive, which is the one that counts. */
export function last<Value>(
  values: readonly WrittenValue<Value>[] | undefined,
): WrittenValue<Value> | undefined {
  return values?.at(-1);
}
