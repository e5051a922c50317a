import type { Breach, TreeFile } from './source-tree.ts';

export const errorSource = 'lab/errors.ts';
export const errorPage = 'docs/reference/errors.md';

/** Each code of a LabError has its heading on the page of errors, and each heading there has its code. */
export function checkErrorCodes(files: readonly TreeFile[]): readonly Breach[] {
  const source = files.find(({ path }) => path === errorSource)?.text ?? '';
  const page = files.find(({ path }) => path === errorPage)?.text ?? '';
  const declared = codesIn(source, /'(LAB_[A-Z_]+)'/g);
  const documented = codesIn(page, /^#+ `?(LAB_[A-Z_]+)`?/gm);
  return [
    ...[...declared]
      .filter(([code]) => !documented.has(code))
      .map(([code, line]) => ({ file: errorSource, line, text: `${code} has no heading in ${errorPage}` })),
    ...[...documented]
      .filter(([code]) => !declared.has(code))
      .map(([code, line]) => ({ file: errorPage, line, text: `${code} is not a code of ${errorSource}` })),
  ];
}

function codesIn(text: string, pattern: RegExp): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(pattern)].map(({ 1: code = '', index }) => [
      code,
      text.slice(0, index).split('\n').length,
    ]),
  );
}
