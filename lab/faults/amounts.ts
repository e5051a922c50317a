import { firstWord } from './names.ts';
import { type OptionalParameter, type Parameter, wanted } from './parameter.ts';

/** Parameters that say how much. */

interface Amount {
  readonly option?: string;
  readonly help: string;
}

const millisecondsOf = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const;

/** Milliseconds; on a command line with a unit: `250ms`, `-1.5s`, `2min`, `1h`, and without one `250`. */
export function duration(amount: Amount & { readonly isSigned?: true }): Parameter<number> {
  const allowed =
    amount.isSigned === true
      ? 'a length of time other than 0, such as 250ms, -1.5s, 2min or 1h,'
      : 'a length of time such as 250ms, 1.5s or 2min';
  const holds = (value: number) => (amount.isSigned === true ? value !== 0 : value >= 0);
  return {
    ...amount,
    isOptional: false,
    placeholder: 'TIME',
    read: (words) => readDuration(firstWord(words)) ?? firstWord(words),
    problems: (value, _, label) => (isNumber(value) && holds(value) ? [] : [wanted(label, value, allowed)]),
  };
}

export function percent(amount: Amount): OptionalParameter<number> {
  return number({
    ...amount,
    placeholder: 'PERCENT',
    allowed: 'a percentage from 0 to 100',
    holds: (value) => value >= 0 && value <= 100,
    unit: /%$/,
  });
}

export function numberAbove0(amount: Amount & { readonly placeholder: string }): OptionalParameter<number> {
  return number({ ...amount, allowed: 'a number above 0', holds: (value) => value > 0, unit: /$^/ });
}

export function readDuration(text: string): number | undefined {
  const parts = /^([+-]?\d+(?:\.\d+)?)(ms|s|min|h)?$/.exec(text);
  if (parts === null) return undefined;
  return Number(parts[1]) * millisecondsOf[(parts[2] ?? 'ms') as keyof typeof millisecondsOf];
}

/** `90 s` rather than 90000 ms: for descriptions. */
export function durationText(milliseconds: number): string {
  const [unit, size] = Object.entries(millisecondsOf)
    .toReversed()
    .find(([, length]) => milliseconds % length === 0 && Math.abs(milliseconds) >= length) ?? ['ms', 1];
  return `${milliseconds / size} ${unit}`;
}

function number(
  kind: Amount & {
    readonly placeholder: string;
    readonly allowed: string;
    readonly unit: RegExp;
    readonly holds: (value: number) => boolean;
  },
): OptionalParameter<number> {
  const { allowed, holds, unit, ...rest } = kind;
  return {
    ...rest,
    isOptional: true,
    read: (words) => {
      const text = firstWord(words).replace(unit, '');
      return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : firstWord(words);
    },
    problems: (value, _, label) => (isNumber(value) && holds(value) ? [] : [wanted(label, value, allowed)]),
  };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
