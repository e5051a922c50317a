import type { Family } from '../address.ts';
import { readHost, readPort, splitHostAndPort } from './endpoint.ts';
import type { VirtualAddress } from './model.ts';
import { quote, type Reader, read, refuse } from './value-readers.ts';

export interface VirtualLine {
  readonly address: VirtualAddress;
  /** What the address alone says; `protocol =` may say otherwise. */
  readonly protocol: 'tcp' | 'udp' | 'fwm';
}

/** Firewall marks are 32-bit, and 0 means unmarked. */
const markMost = 0xffffffff;

/** Reads the value of `virtual =` or `virtual6 =`: `address:port`, `name:port` or a firewall mark. */
export function virtualReader(family: Family): Reader<VirtualLine> {
  const shape = family === 'ipv4' ? 'address:port' : '[address]:port';
  return (text) => {
    if (/^\d+$/.test(text)) {
      const mark = Number(text);
      if (mark >= 1 && mark <= markMost) return read({ address: { kind: 'mark', mark }, protocol: 'fwm' });
      return refuse(0, `found mark "${text}"; allowed: 1 to ${markMost}`);
    }
    const { host, port, portOffset } = splitHostAndPort(text);
    if (port === undefined) {
      return refuse(0, `found ${quote(text)}; allowed: ${shape}, name:port or a firewall mark`);
    }
    if (family === 'ipv4' && text.startsWith('[')) {
      return refuse(0, `found ${quote(text)}; allowed: ${shape}; IPv6 addresses belong under virtual6`);
    }
    const address = readHost(host, family);
    if (!address.ok) return address;
    const number = readPort(port);
    if (!number.ok) return refuse(portOffset, number.text);
    // Only port 53 implies UDP, however it is written; every other service says `protocol = udp`.
    const protocol = number.value === 53 ? 'udp' : 'tcp';
    return read({ address: { kind: 'address', address: address.value, port: number.value }, protocol });
  };
}
