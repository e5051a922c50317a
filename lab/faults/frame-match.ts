import { compileFilter } from '../wires/impairments/compile-filter.ts';
import type { FrameFilter } from '../wires/impairments/filter.ts';
import { firstWord } from './names.ts';
import type { OptionalParameter } from './parameter.ts';

/** Parts of a filter that are not text. */
const numbers = [
  'etherType',
  'vlanId',
  'protocol',
  'sourcePort',
  'destinationPort',
  'type',
  'code',
  'offset',
];
const lists = ['flags', 'withoutFlags'];

/** On a command line: `arp.operation=reply,arp.senderIp=192.0.2.1`, `tcp.flags=syn+ack`, `icmp`. */
export const frameMatch: OptionalParameter<FrameFilter> = {
  isOptional: true,
  placeholder: 'MATCH',
  help: 'such as arp.operation=reply, tcp.destinationPort=80,tcp.flags=syn+ack, udp, icmp.type=8; all must hold',
  read: (words) => readMatch(firstWord(words)),
  problems: (value) => compileFilter(value).problems,
};

function readMatch(text: string): Readonly<Record<string, unknown>> {
  const filter: Record<string, unknown> = {};
  for (const condition of text.split(',')) {
    const [path = '', ...rest] = condition.split('=');
    const [layer = '', field] = path.split('.');
    if (rest.length === 0 && field === undefined) {
      filter[layer] ??= {};
    } else if (field === undefined) {
      filter[layer] = readValue(layer, rest.join('='));
    } else {
      const fields = typeof filter[layer] === 'object' ? filter[layer] : {};
      filter[layer] = { ...fields, [field]: readValue(field, rest.join('=')) };
    }
  }
  return filter;
}

/** A number that is none stays text, which the filter then refuses with what is allowed. */
function readValue(field: string, text: string): unknown {
  if (lists.includes(field)) return text.split('+');
  return numbers.includes(field) && /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : text;
}

/** The other way round, for descriptions. */
export function matchText(filter: FrameFilter): string {
  return Object.entries(filter)
    .flatMap(([layer, value]) => {
      if (typeof value !== 'object') return [`${layer}=${value}`];
      const fields = Object.entries(value as Readonly<Record<string, unknown>>);
      if (fields.length === 0) return [layer];
      return fields.map(([field, wanted]) => `${layer}.${field}=${[wanted].flat().join('+')}`);
    })
    .join(',');
}
