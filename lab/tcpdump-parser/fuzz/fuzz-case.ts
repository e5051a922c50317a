import * as link from '../link-types.ts';
import type { FrameFile } from './frame-file.ts';
import {
  captureBytesFolder,
  framesFolder,
  parseFrameFile,
  readFrameFiles,
  renderFrameFile,
} from './frame-file.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';

/** One input: a frame for the dissectors, or a capture file for the parser, cut into pieces by `cutSeed`. */
export type FuzzCase =
  | {
      readonly kind: 'frame';
      readonly bytes: Uint8Array;
      readonly linkType: number;
      readonly originalLength: number;
    }
  | { readonly kind: 'capture'; readonly bytes: Uint8Array; readonly cutSeed: number };

export interface Corpus {
  readonly frames: readonly FrameFile[];
  readonly captures: readonly FrameFile[];
}

const linkTypes = [
  link.LINKTYPE_ETHERNET,
  link.LINKTYPE_NULL,
  link.LINKTYPE_RAW,
  link.LINKTYPE_LINUX_SLL,
  link.LINKTYPE_LINUX_SLL2,
  link.LINKTYPE_IPV4,
  link.LINKTYPE_IPV6,
];
const FRAME_BYTES_MAX = 2048;
const CAPTURE_BYTES_MAX = 4096;

export function readCorpus(): Corpus {
  return { frames: readFrameFiles(framesFolder), captures: readFrameFiles(captureBytesFolder) };
}

/** The same seed, index and corpus make the same case. */
export function makeCase(corpus: Corpus, seed: number, index: number): FuzzCase {
  const random = new Random(seed, index);
  if (random.below(4) === 0) {
    const { bytes } = random.pick(corpus.captures);
    const other = random.pick(corpus.captures).bytes;
    return {
      kind: 'capture',
      bytes: mutate(bytes, other, random, CAPTURE_BYTES_MAX),
      cutSeed: random.below(0x7fff_ffff),
    };
  }
  const file = random.pick(corpus.frames);
  const bytes = mutate(file.bytes, random.pick(corpus.frames).bytes, random, FRAME_BYTES_MAX);
  const linkType = random.below(16) === 0 ? random.pick(linkTypes) : file.linkType;
  const isCut = random.below(4) === 0;
  return { kind: 'frame', bytes, linkType, originalLength: bytes.length + (isCut ? random.below(1500) : 0) };
}

/** The same kind of case around other bytes, for making a finding smaller. */
export function withBytes(input: FuzzCase, bytes: Uint8Array): FuzzCase {
  if (input.kind === 'capture') return { ...input, bytes };
  const missing = input.originalLength - input.bytes.length;
  return { ...input, bytes, originalLength: bytes.length + missing };
}

export function renderCase(input: FuzzCase, what: readonly string[]): string {
  const values =
    input.kind === 'frame'
      ? [`link type: ${input.linkType}`, `original length: ${input.originalLength}`]
      : [`cut seed: ${input.cutSeed}`];
  return renderFrameFile([...what, `kind: ${input.kind}`, ...values], input.bytes);
}

export function parseCase(path: string, text: string): FuzzCase {
  const { bytes, linkType, originalLength, values } = parseFrameFile(path, text);
  if (values.get('kind') === 'capture')
    return { kind: 'capture', bytes, cutSeed: Number(values.get('cut seed')) };
  return { kind: 'frame', bytes, linkType, originalLength };
}
