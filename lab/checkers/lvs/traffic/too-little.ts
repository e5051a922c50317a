import { count, inconclusive, skipped } from '../../judgement.ts';
import type { Judgement, JudgingContext } from '../../rule.ts';
import type { DirectorTraffic } from './director-traffic.ts';

/** The verdict of a rule about what directors forward when none of it was to be seen, with what was seen instead. */
export function nothingForwarded(context: JudgingContext, traffic: DirectorTraffic): Judgement {
  const { arrived, leftUnseen, bypassed, bypassedConnections, serverReplies } = traffic.counts;
  if (bypassed > 0) {
    return inconclusive(
      `no request went through a director: ${count(bypassed, 'packet')} of ${count(bypassedConnections, 'connection')} went straight to a real server (LVS-DR-05 and LVS-DR-06 say why)`,
      { arrived, bypassed },
    );
  }
  if (leftUnseen > 0) {
    return skipped(
      `${count(leftUnseen, 'packet')} for virtual addresses left a director, and none was seen coming to it: the trace has no wire on the clients' side`,
    );
  }
  if (arrived > 0) {
    const reason = `${count(arrived, 'packet')} for virtual addresses came to a director, and none was seen leaving it`;
    return context.hasEvents
      ? inconclusive(reason, { arrived })
      : skipped(`${reason}: the trace may have no wire on the real servers' side`);
  }
  if (serverReplies > 0) {
    return skipped(
      `${count(serverReplies, 'packet')} of real servers from virtual addresses, and no request at a director in the trace`,
    );
  }
  return skipped('no TCP or UDP packet for a virtual address came to a director in the trace');
}
