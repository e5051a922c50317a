import { formatIpv4, formatMac, type Packet } from 'tcpdump-parser';

/** `who-has 203.0.113.80 tell 203.0.113.10`, `203.0.113.80 is-at 02:00:00:00:00:0d`: as tcpdump puts it. */
export function arpText(packet: Packet): string {
  const { arpOperation, arpSenderIp, arpSenderMac, arpTargetIp } = packet;
  if (arpOperation === 1) return `who-has ${formatIpv4(arpTargetIp)} tell ${formatIpv4(arpSenderIp)}`;
  if (arpOperation === 2) return `${formatIpv4(arpSenderIp)} is-at ${formatMac(arpSenderMac)}`;
  return `ARP operation ${arpOperation} by ${formatIpv4(arpSenderIp)}`;
}

/** Announces its sender's address and asks for nothing: sender and target address are the same. */
export function isGratuitous({ arpSenderIp, arpTargetIp }: Packet): boolean {
  return arpSenderIp === arpTargetIp;
}
