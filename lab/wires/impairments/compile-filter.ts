import {
  ARP,
  ICMP,
  IPV4,
  LINKTYPE_ETHERNET,
  Packet,
  parseIpv4,
  parseMac,
  TCP,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
  UDP,
} from 'tcpdump-parser';
import { unknownName } from '../nearest-name.ts';
import type { FrameFilter, FrameMatch, TcpFlag } from './filter.ts';

type Check = (packet: Packet, frame: Uint8Array) => boolean;

/** Makes a check of the value given, or says what is allowed there. */
type Field = (value: unknown) => Check | string;

const tcpFlagBits: Readonly<Record<TcpFlag, number>> = {
  fin: TCP_FIN,
  syn: TCP_SYN,
  rst: TCP_RST,
  psh: TCP_PSH,
  ack: TCP_ACK,
  urg: TCP_URG,
};

const arpOperations = {
  request: 1, // RFC 826, ares_op$REQUEST
  reply: 2, // RFC 826, ares_op$REPLY
};

const portFields = {
  sourcePort: whole(0xffff, (packet) => packet.sourcePort),
  destinationPort: whole(0xffff, (packet) => packet.destinationPort),
};

const topFields = {
  etherType: whole(0xffff, (packet) => packet.etherType),
  vlanId: whole(4095, (packet) => packet.vlanId),
  sourceMac: address('an Ethernet address such as 02:00:00:00:00:11', parseMac, (packet) => packet.sourceMac),
  destinationMac: address(
    'an Ethernet address such as 02:00:00:00:00:11',
    parseMac,
    (packet) => packet.destinationMac,
  ),
} satisfies Partial<Record<keyof FrameFilter, Field>>;

const parts = {
  arp: {
    layer: ARP,
    fields: {
      operation: word(arpOperations, (packet) => packet.arpOperation),
      senderIp: ipv4((packet) => packet.arpSenderIp),
      targetIp: ipv4((packet) => packet.arpTargetIp),
    } satisfies Record<keyof Required<FrameFilter>['arp'], Field>,
  },
  ip: {
    layer: IPV4,
    fields: {
      source: ipv4((packet) => packet.ipSource),
      destination: ipv4((packet) => packet.ipDestination),
      protocol: whole(255, (packet) => packet.protocol),
    } satisfies Record<keyof Required<FrameFilter>['ip'], Field>,
  },
  tcp: {
    layer: TCP,
    fields: {
      ...portFields,
      flags: flags((found, wanted) => (found & wanted) === wanted),
      withoutFlags: flags((found, unwanted) => (found & unwanted) === 0),
    } satisfies Record<keyof Required<FrameFilter>['tcp'], Field>,
  },
  udp: { layer: UDP, fields: portFields satisfies Record<keyof Required<FrameFilter>['udp'], Field> },
  icmp: {
    layer: ICMP,
    fields: {
      type: whole(255, (packet) => packet.icmpType),
      code: whole(255, (packet) => packet.icmpCode),
    } satisfies Record<keyof Required<FrameFilter>['icmp'], Field>,
  },
} satisfies Partial<Record<keyof FrameFilter, { layer: number; fields: Record<string, Field> }>>;

const known = [...Object.keys(topFields), ...Object.keys(parts), 'bytes'];

/** Takes anything, since filters come from a command line too. `problems` is empty when the filter is sound. */
export function compileFilter(filter: unknown): {
  readonly match: FrameMatch;
  readonly problems: readonly string[];
} {
  const checks: Check[] = [];
  const problems: string[] = [];
  if (!isObject(filter))
    return { match: () => false, problems: [`match is ${JSON.stringify(filter)}: an object is wanted`] };
  for (const [key, value] of Object.entries(filter)) {
    if (key in topFields)
      compileField(key, topFields[key as keyof typeof topFields], value, checks, problems);
    else if (key in parts) compilePart(key as keyof typeof parts, value, checks, problems);
    else if (key === 'bytes') compileField('bytes', bytesField, value, checks, problems);
    else problems.push(unknownName('part of match', key, known));
  }
  const packet = new Packet();
  const match = (frame: Uint8Array) => {
    packet.decode(frame, 0, frame.length, LINKTYPE_ETHERNET);
    return checks.every((check) => check(packet, frame));
  };
  return { match, problems };
}

function compilePart(name: keyof typeof parts, value: unknown, checks: Check[], problems: string[]): void {
  const part: { readonly layer: number; readonly fields: Readonly<Record<string, Field>> } = parts[name];
  if (!isObject(value)) {
    problems.push(`match.${name} is ${JSON.stringify(value)}: an object is wanted`);
    return;
  }
  checks.push((packet) => (packet.layers & part.layer) !== 0);
  for (const [key, wanted] of Object.entries(value)) {
    const field = Object.hasOwn(part.fields, key) ? part.fields[key] : undefined;
    if (field === undefined)
      problems.push(unknownName(`part of match.${name}`, key, Object.keys(part.fields)));
    else compileField(`${name}.${key}`, field, wanted, checks, problems);
  }
}

function compileField(path: string, field: Field, value: unknown, checks: Check[], problems: string[]): void {
  const compiled = field(value);
  if (typeof compiled === 'string')
    problems.push(`match.${path} is ${JSON.stringify(value)}: ${compiled} is wanted`);
  else checks.push(compiled);
}

function whole(most: number, read: (packet: Packet) => number): Field {
  return (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most
      ? (packet) => read(packet) === value
      : `a whole number from 0 to ${most}`;
}

function address(
  what: string,
  parse: (text: string) => number | undefined,
  read: (packet: Packet) => number,
): Field {
  return (value) => {
    const wanted = typeof value === 'string' ? parse(value) : undefined;
    return wanted === undefined ? what : (packet) => read(packet) === wanted;
  };
}

function ipv4(read: (packet: Packet) => number): Field {
  return address('an IPv4 address such as 192.0.2.1', parseIpv4, read);
}

function word(words: Readonly<Record<string, number>>, read: (packet: Packet) => number): Field {
  return (value) => {
    const wanted = typeof value === 'string' && Object.hasOwn(words, value) ? words[value] : undefined;
    return wanted === undefined ? oneOf(Object.keys(words)) : (packet) => read(packet) === wanted;
  };
}

function flags(holds: (found: number, given: number) => boolean): Field {
  return (value) => {
    const names = Array.isArray(value) ? value : [undefined];
    let given = 0;
    for (const name of names) {
      const bit = Object.hasOwn(tcpFlagBits, String(name)) ? tcpFlagBits[name as TcpFlag] : undefined;
      if (bit === undefined) return `a list of ${oneOf(Object.keys(tcpFlagBits))}`;
      given |= bit;
    }
    return (packet) => holds(packet.tcpFlags, given);
  };
}

function bytesField(value: unknown): Check | string {
  const { offset, hex } = isObject(value) ? value : {};
  const isSound =
    Number.isInteger(offset) &&
    (offset as number) >= 0 &&
    typeof hex === 'string' &&
    /^(?:[0-9a-f]{2})+$/i.test(hex);
  if (!isSound) return '{ offset: a whole number from 0, hex: pairs of hexadecimal digits }';
  const at = offset as number;
  const wanted = Buffer.from(hex as string, 'hex');
  return (_, frame) => wanted.equals(frame.subarray(at, at + wanted.length));
}

function oneOf(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(' or ');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
