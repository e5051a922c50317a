import { readdirSync, readFileSync } from 'node:fs';

/**
 * A text file of literal bytes: lines that begin with `# ` say what it is and carry `key: value` pairs, the others
 * hold pairs of hexadecimal digits, and after two spaces a note that nobody reads but people.
 */
export interface FrameFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly linkType: number;
  /** Length on the wire. */
  readonly originalLength: number;
  readonly values: ReadonlyMap<string, string>;
}

const HEX_LINE = /^((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: {2,}.*)?$/;

/** Throws when a line is neither: a fixture with a typing error must not pass as a shorter frame. */
export function parseFrameFile(path: string, text: string): FrameFile {
  const values = new Map<string, string>();
  const digits: string[] = [];
  text.split('\n').forEach((line, index) => {
    const value = /^# ([a-z ]+): (.*)$/.exec(line);
    const bytes = HEX_LINE.exec(line);
    if (value) values.set(value[1]!, value[2]!);
    else if (bytes) digits.push(bytes[1]!.replaceAll(' ', ''));
    else if (line.trim() !== '' && !line.startsWith('#')) {
      throw new Error(
        `${path}:${index + 1}: neither a comment nor pairs of hexadecimal digits: ${JSON.stringify(line)}`,
      );
    }
  });
  const bytes = Uint8Array.from(Buffer.from(digits.join(''), 'hex'));
  return {
    name: path.replace(/^.*\//, '').replace(/\.hex$/, ''),
    path,
    bytes,
    linkType: Number(values.get('link type') ?? 1),
    originalLength: Number(values.get('original length') ?? bytes.length),
    values,
  };
}

/** All files of a folder, by name. */
export function readFrameFiles(folder: URL): readonly FrameFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.hex'));
  return names.sort().map((name) => parseFrameFile(name, readFileSync(new URL(name, folder), 'utf8')));
}

export function renderFrameFile(comments: readonly string[], bytes: Uint8Array): string {
  const lines = comments.map((comment) => `# ${comment}`);
  lines.push('');
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    lines.push(Array.from(row, (byte) => byte.toString(16).padStart(2, '0')).join(' '));
  }
  return `${lines.join('\n')}\n`;
}

const fixtures = new URL('../../../fixtures/', import.meta.url);
export const framesFolder: URL = new URL('frames/', fixtures);
export const captureBytesFolder: URL = new URL('frames/captures/', fixtures);
export const foundFolder: URL = new URL('frames/found/', fixtures);
export const lvsEvidenceFolder: URL = new URL('captures/lvs-evidence/', fixtures);
