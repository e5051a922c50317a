import { formatIpv4 } from 'tcpdump-parser';
import type { Breach } from '../judgement.ts';
import type { ProbeOutcome } from './arp-probes.ts';

/** The finding for a NIC that answered an ARP request and should not have, or the other way round. */
export function probeBreach(outcome: ProbeOutcome): Breach {
  const { node, nic, segment, target, arpIgnore, isFiltered, shouldAnswer, senderIp, at, evidence } = outcome;
  const address = formatIpv4(target.address);
  const where = `${target.device} /${target.prefixLength} scope ${target.scope}`;
  const filter = isFiltered ? ', an ARP filter for it' : '';
  return {
    claim: shouldAnswer
      ? `${node} did not answer who-has ${address} on ${nic.device}`
      : `${node} answered who-has ${address} on ${nic.device}`,
    at,
    node,
    segment,
    expected: `${shouldAnswer ? `${address} is-at ${nic.mac}` : 'silence'}: ${address} is on ${where}, arp_ignore ${arpIgnore} counts on ${nic.device}${filter}`,
    seen: [
      `who-has ${address} tell ${formatIpv4(senderIp)} on segment ${segment}`,
      shouldAnswer
        ? `no answer, then the answer to an echo request that came after it`
        : `${address} is-at ${nic.mac}`,
    ],
    evidence,
  };
}
