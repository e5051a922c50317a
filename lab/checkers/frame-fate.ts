/** What the lab's record says of a frame, beside its bytes, in the comment that the wires write. */
export interface FrameFate {
  /** Labels of the ports that it did not reach (`web1`, `web1:eth0`), or all of them. */
  readonly lostTowards: readonly string[] | 'all';
  /** A copy that the lab made and delivered: corrupted, duplicated. */
  readonly isCopy: boolean;
  /** Frames that the record lost before this one. */
  readonly missingBefore: number;
}

export const reachedAll: FrameFate = { lostTowards: [], isCopy: false, missingBefore: 0 };

const missing = /^([0-9]+) frames? before this one missing from the record/;
const copy = /^\S+(?: copy)? of (?:frame [0-9]+|a frame missing from the record)/;
/** What the receiver did not get as it stands in this frame: lost, or replaced by a corrupted copy. */
const kept = /^(?:lost|corrupted)\b/;

/** Reads a comment such as `lost towards web1, web2: cut f3; delayed 20 ms towards client: f4`. */
export function readFate(comment: string | undefined): FrameFate {
  if (comment === undefined) return reachedAll;
  const lost: string[] = [];
  let isLostForAll = false;
  let isCopy = false;
  let missingBefore = 0;
  for (const phrase of comment.split(/; |\n/)) {
    const gap = missing.exec(phrase);
    if (gap !== null) missingBefore += Number(gap[1]);
    else if (copy.test(phrase)) isCopy = true;
    else if (kept.test(phrase)) {
      const names = /\btowards ([^:]+(?::eth[0-9]+)?(?:, [^:]+(?::eth[0-9]+)?)*)/.exec(phrase)?.[1];
      if (names === undefined) isLostForAll = true;
      else lost.push(...names.split(', '));
    }
  }
  return { lostTowards: isLostForAll ? 'all' : lost, isCopy, missingBefore };
}

/** Whether a frame with this fate was kept from a node. */
export function isLostTowards(lostTowards: readonly string[] | 'all', node: string): boolean {
  if (lostTowards === 'all') return true;
  return lostTowards.some((label) => label === node || label.startsWith(`${node}:`));
}
