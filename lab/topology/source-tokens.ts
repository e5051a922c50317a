// A tolerant scanner for JavaScript and TypeScript: just enough to find object keys and string literals in a
// topology file. It never fails; what it does not know (operators, regular expressions, decorators) becomes
// punctuation.

export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'punctuation';
  /** The text of a word, number or punctuation mark; the value of a string. */
  readonly text: string;
  /** Where it starts, in UTF-16 units. */
  readonly offset: number;
}

const comment = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const word = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
// Digits with separators, an exponent or a radix prefix; 1.5 but not the dots of a range of properties.
const number = /(?:0[xob][0-9a-f_]+|[0-9][0-9_]*(?:\.[0-9_]+)?(?:e[+-]?[0-9]+)?)/iy;

export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const matchAt = (pattern: RegExp, offset: number) => {
    pattern.lastIndex = offset;
    return pattern.exec(source)?.[0];
  };
  let offset = 0;
  while (offset < source.length) {
    const character = source[offset]!;
    const skipped = /\s/.test(character) ? character : matchAt(comment, offset);
    if (skipped !== undefined) {
      offset += skipped.length;
      continue;
    }
    if (character === "'" || character === '"' || character === '`') {
      const { text, end } = readString(source, offset);
      tokens.push({ kind: 'string', text, offset });
      offset = end;
      continue;
    }
    const wordText = matchAt(word, offset);
    const numberText = wordText === undefined ? matchAt(number, offset) : undefined;
    const text = wordText ?? numberText ?? (source.startsWith('...', offset) ? '...' : character);
    const kind = wordText !== undefined ? 'word' : numberText !== undefined ? 'number' : 'punctuation';
    tokens.push({ kind, text, offset });
    offset += text.length;
  }
  return tokens;
}

/** The value of a literal, escapes undone as far as names need it. A template keeps its `${…}` as text. */
function readString(source: string, start: number): { readonly text: string; readonly end: number } {
  const quote = source[start]!;
  let text = '';
  let at = start + 1;
  while (at < source.length && source[at] !== quote) {
    // An unterminated literal ends with its line, so that the rest of the file is still read.
    if (source[at] === '\n' && quote !== '`') return { text, end: at };
    if (source[at] === '\\') {
      text += source[at + 1] ?? '';
      at += 2;
    } else if (quote === '`' && source.startsWith('${', at)) {
      const end = substitutionEnd(source, at + 2);
      text += source.slice(at, end);
      at = end;
    } else {
      text += source[at];
      at++;
    }
  }
  return { text, end: at + 1 };
}

function substitutionEnd(source: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < source.length && depth > 0) {
    const character = source[at]!;
    if (character === "'" || character === '"' || character === '`') {
      at = readString(source, at).end;
      continue;
    }
    if (character === '{') depth++;
    if (character === '}') depth--;
    at++;
  }
  return at;
}
