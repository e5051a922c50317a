/** Text cut to a width in columns, with an ellipsis where something is missing. One column a code point. */
export function fitText(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  if (width <= 0) return '';
  return `${characters
    .slice(0, width - 1)
    .join('')
    .trimEnd()}…`;
}

/** Columns that text takes on a terminal. */
export function columns(text: string): number {
  return Array.from(text).length;
}
