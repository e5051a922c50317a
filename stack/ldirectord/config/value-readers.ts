import { nearestHint } from './nearest-name.ts';

/** A value, or what is wrong with the text and how many characters into it. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly offset: number; readonly text: string };

/** Reads the text right of `=`, without white space around it. */
export type Reader<Value> = (text: string) => Reading<Value>;

export function read<Value>(value: Value): Reading<Value> {
  return { ok: true, value };
}

export function refuse(offset: number, text: string): Reading<never> {
  return { ok: false, offset, text };
}

/** How a message shows what stood in the file. */
export function quote(text: string): string {
  return text === '' ? 'nothing' : `"${text}"`;
}

/** A whole number between `least` and `most`, in decimal digits. */
export function wholeNumber(what: string, least: number, most = Number.MAX_SAFE_INTEGER): Reader<number> {
  const bounds = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    const fits = /^\d+$/.test(text) && value >= least && value <= most;
    return fits ? read(value) : refuse(0, `found ${quote(text)}; allowed: ${what}, ${bounds}`);
  };
}

/** Exactly `yes` or `no`. */
export const yesOrNo: Reader<boolean> = (text) => {
  if (text === 'yes') return read(true);
  if (text === 'no') return read(false);
  return refuse(0, `found ${quote(text)}; allowed: yes, no${nearestHint(text, ['yes', 'no'])}`);
};

/** One of a closed set of words. */
export function oneOf<const Name extends string>(names: readonly Name[]): Reader<Name> {
  return (text) => {
    const name = names.find((known) => known === text);
    if (name !== undefined) return read(name);
    return refuse(0, `found ${quote(text)}; allowed: ${names.join(', ')}${nearestHint(text, names)}`);
  };
}

/** Anything but nothing. */
export function someText(what: string): Reader<string> {
  return (text) => (text === '' ? refuse(0, `found nothing; allowed: ${what}`) : read(text));
}

/** A word that matches `shape` as a whole. */
export function word(what: string, shape: RegExp): Reader<string> {
  return (text) => {
    const matches = shape.exec(text)?.[0] === text && text !== '';
    return matches ? read(text) : refuse(0, `found ${quote(text)}; allowed: ${what}`);
  };
}

/**
 * A string between quotes. The first and the last quote delimit it, so quotes inside belong to the string;
 * nothing is unescaped.
 */
export function quoted(what: string): Reader<string> {
  return (text) => {
    if (!text.startsWith('"')) return refuse(0, `found ${quote(text)}; allowed: ${what} in double quotes`);
    const isClosed = text.length > 1 && text.endsWith('"');
    if (isClosed) return read(text.slice(1, -1));
    return refuse(text.length, `found no closing quote; allowed: ${what} in double quotes, without #`);
  };
}

/** A string that may but need not stand between quotes. */
export function maybeQuoted(what: string): Reader<string> {
  const inQuotes = quoted(what);
  return (text) => {
    const reading = text.startsWith('"') ? inQuotes(text) : read(text);
    return reading.ok && reading.value === '' ? refuse(0, `found nothing; allowed: ${what}`) : reading;
  };
}
