/**
 * `receive =` is a Perl regular expression. Most of the language is JavaScript's as well; this file
 * rewrites what differs, so that a pattern means what its author tried out with the original:
 *
 *   (?i) (?s) (?m) at the start   become flags
 *   $                             also matches before a final newline
 *   \A \z \Z                      anchors of the whole text
 *   [[:alpha:]] and its kin       become ranges
 *
 * Anything else that JavaScript does not know is refused.
 */

export type PerlRegex =
  | { readonly ok: true; readonly regex: RegExp }
  | { readonly ok: false; readonly text: string };

const start = '(?<![\\s\\S])';
const end = '(?![\\s\\S])';
const endOrFinalNewline = `(?=\\n?${end})`;

/** POSIX bracket names, as the inside of a JavaScript class, for ASCII. */
const posixClasses: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
};

/** Compiles a pattern in Perl's spelling. */
export function perlRegex(pattern: string): PerlRegex {
  const inline = /^\(\?([ims]+)\)/.exec(pattern);
  const flags = new Set(inline?.[1] ?? '');
  const body = pattern.slice(inline?.[0].length ?? 0);
  try {
    return { ok: true, regex: new RegExp(rewritten(body, flags.has('m')), [...flags].join('')) };
  } catch (error) {
    const reason =
      error instanceof Error
        ? error.message.replace(/^Invalid regular expression: (\/.*\/\w*: )?/s, '')
        : String(error);
    return { ok: false, text: `found no regular expression this program understands: ${reason}` };
  }
}

function rewritten(pattern: string, isMultiline: boolean): string {
  let isInClass = false;
  return pattern.replace(/\\[\s\S]|\[:\w+:\]|\[\^?\]?|\]|\$/g, (piece) => {
    if (piece.startsWith('[:')) return (isInClass ? posixClasses[piece.slice(2, -2)] : undefined) ?? piece;
    if (piece.startsWith('[')) {
      if (isInClass) return piece.replaceAll('[', '\\[');
      isInClass = true;
      // A bracket right after the opening one is literal in Perl and ends the class in JavaScript.
      return piece.endsWith(']') ? `${piece.slice(0, -1)}\\]` : piece;
    }
    if (piece === ']') {
      isInClass = false;
      return piece;
    }
    if (isInClass) return piece;
    if (piece === '$') return isMultiline ? '$' : endOrFinalNewline;
    if (piece === '\\A') return start;
    if (piece === '\\z') return end;
    if (piece === '\\Z') return endOrFinalNewline;
    return piece;
  });
}
