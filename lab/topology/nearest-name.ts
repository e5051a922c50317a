/**
 * The known name that `found` most likely stands for, or undefined when none is close: at most one edit in
 * three characters, so that `web3` suggests `web1` and `storage` suggests nothing for `client`; or an
 * abbreviation of at least three. The first wins among equals.
 */
export function nearestName(found: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const distance = editDistance(found.toLowerCase(), name.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(found.length, name.length) / 3));
    const isAbbreviation = found.length >= 3 && name.toLowerCase().startsWith(found.toLowerCase());
    if ((distance <= allowed || isAbbreviation) && distance < least) {
      nearest = name;
      least = distance;
    }
  }
  return nearest;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editDistance(from: string, to: string): number {
  // Rows of the usual table; a swap looks two rows back.
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1));
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, beforeLast[column - 2]! + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length]!;
}
