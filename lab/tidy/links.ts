import { dirname, join, normalize } from 'node:path';
import type { Breach, TreeFile } from './source-tree.ts';

/** Every relative link of a Markdown page leads to a file or folder of the tree, and to a heading in it. */
export function checkLinks(files: readonly TreeFile[]): readonly Breach[] {
  const pages = new Map(
    files.filter(({ path }) => path.endsWith('.md')).map((page) => [page.path, page.text]),
  );
  const places = new Set(files.flatMap(({ path }) => [path, ...foldersOf(path)]));
  return [...pages].flatMap(([page, text]) =>
    linksOf(text).flatMap(({ target, line }) => {
      const [path = '', anchor] = target.split('#');
      const place = path === '' ? page : normalize(join(dirname(page), path)).replace(/\/$/, '');
      if (!places.has(place)) return [{ file: page, line, text: `links to ${target}, which is not there` }];
      const destination = pages.get(place);
      if (anchor === undefined || destination === undefined || anchorsOf(destination).has(anchor)) return [];
      return [{ file: page, line, text: `links to ${target}, but ${place} has no such heading` }];
    }),
  );
}

function foldersOf(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === '.' ? ['.'] : [folder, ...foldersOf(folder)];
}

function linksOf(text: string): readonly { readonly target: string; readonly line: number }[] {
  return withoutCode(text)
    .split('\n')
    .flatMap((row, index) =>
      [...row.matchAll(/\]\(([^()\s]+)\)/g)].map(({ 1: target = '' }) => ({ target, line: index + 1 })),
    )
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** Blanks out code, where brackets are no links, and keeps the lines. */
function withoutCode(text: string): string {
  return text
    .replace(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replace(/[^\n]/g, ''))
    .replace(/`[^`\n]*`/g, '');
}

/** Headings as the usual renderers name them: lower case, letters, digits and hyphens. */
function anchorsOf(text: string): ReadonlySet<string> {
  const blocks = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '');
  return new Set(
    [...blocks.matchAll(/^#+ +(.*)$/gm)].map(({ 1: heading = '' }) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
