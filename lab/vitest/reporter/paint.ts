import type { Verdict } from '../../checkers/rule.ts';

export type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** SGR parameters of ECMA-48, section 8.3.117. */
const codes = { green: 32, red: 31, yellow: 33, dim: 2, bold: 1 } as const satisfies Record<Colour, number>;

export const verdictColour = {
  pass: 'green',
  fail: 'red',
  inconclusive: 'yellow',
  skipped: 'dim',
} as const satisfies Record<Verdict, Colour>;

export type Paint = (text: string, colour: Colour) => string;

export function painter(withColour: boolean): Paint {
  return (text, colour) => (withColour && text !== '' ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text);
}
