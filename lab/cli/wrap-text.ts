/** Text broken at blanks into lines of at most `width` columns; a longer word is broken where it must be. */
export function wrapText(text: string, width: number): readonly string[] {
  const room = Math.max(1, width);
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length <= room) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    for (; word.length > room; word = word.slice(room)) lines.push(word.slice(0, room));
    line = word;
  }
  return [...lines, line];
}
