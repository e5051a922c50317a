/**
 * The order of segments from top to bottom that lets nodes join neighbours: the sum of squared distances
 * between the highest and the lowest segment of each node is least. The given order wins among equals. Tries
 * every order up to six segments (720) and keeps the given one beyond.
 */
export function orderSegments(
  segments: readonly string[],
  nodes: readonly (readonly string[])[],
): readonly string[] {
  if (segments.length > 6) return segments;
  const joined = nodes.filter((node) => new Set(node).size > 1);
  let best = segments;
  let least = Number.POSITIVE_INFINITY;
  for (const order of permutations(segments)) {
    const cost = joined.reduce((sum, node) => {
      const places = node.map((segment) => order.indexOf(segment));
      return sum + (Math.max(...places) - Math.min(...places)) ** 2;
    }, 0);
    if (cost < least) {
      best = order;
      least = cost;
    }
  }
  return best;
}

/** In lexicographic order of positions, so the given order comes first. */
function* permutations<T>(items: readonly T[]): Iterable<readonly T[]> {
  if (items.length === 0) yield [];
  for (const [index, item] of items.entries()) {
    for (const rest of permutations(items.toSpliced(index, 1))) yield [item, ...rest];
  }
}
