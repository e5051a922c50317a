/** One physical line, cut to what carries meaning. */
export interface ConfigLine {
  /** Starts at 1. */
  readonly number: number;
  readonly kind: 'blank' | 'comment' | 'text';
  /** Width of the leading white space; a tab counts as 4 wherever it stands. */
  readonly indentation: number;
  /** Without indentation, comment and trailing white space. */
  readonly text: string;
  /** Column of the first character of `text`, starting at 1. */
  readonly column: number;
}

/** A tab indents as much as a section's body must be indented at least. */
export const bodyIndentation = 4;

/**
 * Splits a file into lines. `#` begins a comment wherever it stands, also between quotes: the original
 * cuts before it looks at quotes, so no value can hold one.
 */
export function readLines(text: string): readonly ConfigLine[] {
  return text.split('\n').map((raw, index) => readLine(raw, index + 1));
}

function readLine(raw: string, number: number): ConfigLine {
  const leading = /^\s*/.exec(raw)?.[0] ?? '';
  const indentation = [...leading].reduce((sum, char) => sum + (char === '\t' ? bodyIndentation : 1), 0);
  const full = raw.slice(leading.length);
  const hash = full.indexOf('#');
  const text = (hash === -1 ? full : full.slice(0, hash)).trimEnd();
  const kind = text !== '' ? 'text' : hash === -1 ? 'blank' : 'comment';
  return { number, kind, indentation, text, column: leading.length + 1 };
}
