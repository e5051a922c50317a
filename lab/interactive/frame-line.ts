import { dissect, type Layer, LINKTYPE_ETHERNET, summarize } from 'tcpdump-parser';
import type { TappedFrame } from '../wires/tap.ts';
import type { WireInfo } from './control-protocol.ts';

/** A serial header comes first: rtac-serial.ts. */
const serialHeaderBytes = 12;
const directionOffset = 8;
const fromFirstEnd = 0x01;

const serialBytesShown = 60;

/** `  118  +12.310482  client > director  203.0.113.10:40000 > vip-web:80 …  [lost to web1: …]` */
export function frameLine(
  frame: TappedFrame,
  wire: WireInfo,
  options: { readonly numeric: boolean },
): string {
  const number = String(frame.number).padStart(6);
  const at = `+${(frame.atNs / 1e9).toFixed(6)}`.padStart(12);
  const text =
    wire.kind === 'line' ? serialText(frame.bytes, wire.ends) : ethernetText(frame.bytes, wire, options);
  const comment = frame.comment === undefined ? '' : `  [${frame.comment.replaceAll('\n', '; ')}]`;
  return `${number} ${at}  ${text}${comment}`;
}

function ethernetText(
  bytes: Uint8Array,
  { names }: WireInfo,
  { numeric }: { readonly numeric: boolean },
): string {
  const layers = dissect(bytes, LINKTYPE_ETHERNET);
  const text = summarize(layers);
  if (numeric) return text;
  const way = hopOf(layers, names);
  return `${way}${way === '' ? '' : '  '}${withNames(text, names)}`;
}

/** Who handed the frame to whom: with direct routing that is not who the packet is from and for. */
function hopOf([ethernet]: readonly Layer[], names: WireInfo['names']): string {
  if (ethernet?.layer !== 'ethernet') return '';
  const { source, destination } = ethernet;
  const to = destination === 'ff:ff:ff:ff:ff:ff' ? 'all' : (names[destination] ?? destination);
  return `${names[source] ?? source} > ${to}`;
}

/** Every address that has a name, by its name. */
export function withNames(text: string, names: Readonly<Record<string, string>>): string {
  const address = /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{2}(?::[0-9a-f]{2}){5})(?!\w|\.\d)/g;
  return text.replace(address, (found) => names[found] ?? found);
}

function serialText(piece: Uint8Array, [first = '?', second = '?']: readonly string[]): string {
  const bytes = Buffer.from(piece).subarray(serialHeaderBytes);
  const way = piece[directionOffset] === fromFirstEnd ? `${first} > ${second}` : `${second} > ${first}`;
  const shown = JSON.stringify(bytes.toString('latin1', 0, serialBytesShown));
  return `${way}  ${bytes.length} byte${bytes.length === 1 ? '' : 's'} ${shown}${bytes.length > serialBytesShown ? '…' : ''}`;
}
