import { read16 } from './byte-order.ts';
import { OPT_COMMENT, OPT_END, padded } from './pcapng-blocks.ts';

/*
 * Options. Source: draft-ietf-opsawg-pcapng, section 3.5.
 *
 *   0  u16  code, 0 ends the list (it may be missing)
 *   2  u16  length of the value
 *   4       value, padded to 4 bytes
 */
const OPTION_HEADER_BYTES = 4;

export interface Option {
  readonly code: number;
  readonly offset: number;
  readonly length: number;
}

export interface OptionList {
  readonly options: readonly Option[];
  /** The first option that reaches past the end of its block. */
  readonly broken: Option | undefined;
}

/** A list of option-like records; name records have the same frame. */
export function readOptions(
  buffer: Uint8Array,
  start: number,
  end: number,
  littleEndian: boolean,
): OptionList {
  const options: Option[] = [];
  let at = start;
  while (end - at >= OPTION_HEADER_BYTES) {
    const code = read16(buffer, at, littleEndian);
    const length = read16(buffer, at + 2, littleEndian);
    const option = { code, offset: at + OPTION_HEADER_BYTES, length };
    if (option.offset + length > end) return { options, broken: option };
    if (code === OPT_END) break;
    options.push(option);
    at = option.offset + padded(length);
  }
  return { options, broken: undefined };
}

// A byte order mark is part of the text, so that what was written is what is read.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text ends at its length; some writers count a closing zero byte as well. */
export function readText(buffer: Uint8Array, option: Option): string {
  return utf8.decode(buffer.subarray(option.offset, option.offset + option.length)).replace(/\0+$/, '');
}

export function textOption(buffer: Uint8Array, list: OptionList, code: number): string | undefined {
  const option = list.options.find((candidate) => candidate.code === code);
  return option === undefined ? undefined : readText(buffer, option);
}

/** An option of fixed size; one of another size is as good as absent. */
export function sizedOption(list: OptionList, code: number, length: number): Option | undefined {
  return list.options.find((candidate) => candidate.code === code && candidate.length === length);
}

/** All comments, joined by line feeds. */
export function commentOf(buffer: Uint8Array, list: OptionList): string | undefined {
  const comments = list.options.filter((option) => option.code === OPT_COMMENT);
  if (comments.length === 0) return undefined;
  return comments.map((option) => readText(buffer, option)).join('\n');
}
