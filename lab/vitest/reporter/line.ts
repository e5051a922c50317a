import { columns, fitText } from './fit-text.ts';
import type { Colour, Paint } from './paint.ts';

/** A piece of a line; no colour is the terminal's own. */
export interface Piece {
  readonly text: string;
  readonly colour?: Colour;
}

/** Columns that pieces take. */
export function widthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { text }) => sum + columns(text), 0);
}

/** Pieces as one line of at most `width` columns, cut before it is coloured. */
export function line(pieces: readonly Piece[], width: number, paint: Paint): string {
  let left = width;
  let text = '';
  for (const piece of pieces) {
    const fitted = fitText(piece.text, left);
    left -= columns(fitted);
    text += piece.colour === undefined ? fitted : paint(fitted, piece.colour);
    if (fitted !== piece.text) break;
  }
  return text;
}
