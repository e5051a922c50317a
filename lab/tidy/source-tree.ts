import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A file of the clone. Paths are relative to its root. */
export interface TreeFile {
  readonly path: string;
  readonly bytes: number;
  /** Empty for a file that is not text. */
  readonly text: string;
}

/** One place where the tree breaks one of its rules. */
export interface Breach {
  readonly file: string;
  /** From 1; absent when the file as a whole is meant. */
  readonly line?: number;
  readonly text: string;
}

export function renderBreach({ file, line, text }: Breach): string {
  return `${line === undefined ? file : `${file}:${line}`}: ${text}`;
}

/** What git ignores, and git itself. */
const ignored = new Set(['.git', 'node_modules', 'reports/runs', 'coverage', '.vitest']);

/** Larger files are data; no rule reads them. */
const textBytesMax = 2_000_000;

export function readTree(root: string, under = ''): readonly TreeFile[] {
  return readdirSync(join(root, under), { withFileTypes: true }).flatMap((entry) => {
    const path = join(under, entry.name);
    if (ignored.has(path) || entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return readTree(root, path);
    if (!entry.isFile()) return [];
    const bytes = statSync(join(root, path)).size;
    return [{ path, bytes, text: bytes > textBytesMax ? '' : textOf(readFileSync(join(root, path))) }];
  });
}

function textOf(content: Buffer): string {
  const binaryMark = 0;
  return content.includes(binaryMark) ? '' : content.toString();
}

export const isSource = ({ path }: TreeFile) => /\.(ts|mts|mjs|js|cjs)$/.test(path);
export const isTest = ({ path }: TreeFile) => /\.(test|test-d)\.ts$/.test(path);
