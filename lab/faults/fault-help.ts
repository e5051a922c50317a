import type { FaultKind } from './fault-kind.ts';
import { faultKinds } from './fault-kinds.ts';

const kinds: readonly FaultKind[] = Object.values(faultKinds).map((kind) => kind as FaultKind);

/** One line a fault, then how to read about one. */
export function faultTable(): string {
  const rows = kinds.map((kind) => [usageOf(kind), kind.summary] as const);
  const width = Math.max(...rows.map(([usage]) => usage.length));
  return rows.map(([usage, summary]) => `  ${usage.padEnd(width)}  ${summary}`).join('\n');
}

export const faultNames: readonly string[] = kinds.map(({ name }) => name);

/** All about one fault; undefined when there is none of this name. */
export function faultHelp(name: string): string | undefined {
  const kind = kinds.find((one) => one.name === name);
  if (kind === undefined) return undefined;
  const width = Math.max(...kind.usage.map(({ text }) => bare(text).length));
  return [
    [kind.name, ...kind.usage.map(({ text }) => text)].join(' '),
    '',
    `  ${kind.summary}`,
    `  heal: ${kind.healing}`,
    '',
    ...kind.usage.map(({ text, help }) => `  ${bare(text).padEnd(width)}  ${help}`),
  ].join('\n');
}

/** Options are many where there are any; the fault's own page lists them. */
function usageOf({ name, usage }: FaultKind): string {
  const words = usage.filter(({ isOption }) => !isOption).map(({ text }) => text);
  return [name, ...words, ...(usage.some(({ isOption }) => isOption) ? ['[--…]'] : [])].join(' ');
}

const bare = (text: string) => text.replace(/^\[|\]$/g, '');
