/** Two names this many edits apart are still taken for a slip of the finger. */
const editsAtMost = 3;

/** The known name that is least unlike the one given; undefined when none is close. */
export function nearestName(given: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestEdits = Math.min(editsAtMost, Math.floor(given.length / 2)) + 1;
  for (const name of known) {
    const edits = editDistance(given.toLowerCase(), name.toLowerCase());
    if (edits < bestEdits) {
      best = name;
      bestEdits = edits;
    }
  }
  return best;
}

/** `no wire is called "insde": did you mean "inside"? Known: inside, outside` */
export function unknownName(what: string, given: string, known: readonly string[]): string {
  const near = nearestName(given, known);
  const hint = near === undefined ? '' : `: did you mean "${near}"?`;
  return `no ${what} is called "${given}"${hint}${hint === '' ? ';' : ''} known: ${known.join(', ') || 'none'}`;
}

/** Levenshtein's distance with two rows. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
