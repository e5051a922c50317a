import { dissect } from '../dissect/dissect.ts';
import type { Layer } from '../dissect/layer.ts';
import { summarize } from '../dissect/summarize.ts';
import { LINKTYPE_RAW } from '../link-types.ts';
import { verifyChecksums } from '../packet/checksums.ts';
import * as bit from '../packet/layer-bits.ts';
import { Packet } from '../packet/packet.ts';
import { disagreement } from './packet-agreement.ts';

/** A frame of this many bytes cannot have more headers: the smallest takes four, and nesting is bounded anyway. */
const layersMax = (frameBytes: number) => 4 + frameBytes / 4;

const MARGIN = 64;
const packet = new Packet();
const inner = new Packet();
const exact: number[] = [];
const poisoned: number[] = [];

/** What is wrong with how this frame is dissected. Undefined: nothing. */
export function checkFrame(bytes: Uint8Array, linkType: number, originalLength: number): string | undefined {
  try {
    return checkPacket(bytes, linkType, originalLength) ?? checkDissect(bytes, linkType, originalLength);
  } catch (error) {
    return `throws ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** The frame alone, and inside buffers of ones and of zeroes: no result may depend on what is around it. */
function checkPacket(bytes: Uint8Array, linkType: number, originalLength: number): string | undefined {
  packet.decode(bytes, 0, bytes.length, linkType, originalLength);
  observe(packet, exact);
  const outside = outsideFrame(packet);
  if (outside !== undefined) return outside;
  const fresh = new Packet();
  fresh.decode(bytes, 0, bytes.length, linkType, originalLength);
  observe(fresh, poisoned);
  const stale = exact.findIndex((value, place) => value !== poisoned[place]);
  if (stale >= 0) return `value ${stale} is ${exact[stale]} and would be ${poisoned[stale]} in a new Packet`;
  const nested = observeInner(packet, exact);
  if (nested !== undefined) return nested;
  for (const poison of [0xff, 0x00]) {
    const surrounded = new Uint8Array(bytes.length + 2 * MARGIN).fill(poison);
    surrounded.set(bytes, MARGIN);
    packet.decode(surrounded, MARGIN, bytes.length, linkType, originalLength);
    observe(packet, poisoned);
    observeInner(packet, poisoned);
    const index = exact.findIndex((value, place) => value !== poisoned[place]);
    if (index >= 0 || exact.length !== poisoned.length) {
      return `over-read: value ${index} is ${exact[index]}, and ${poisoned[index]} among bytes of ${poison}`;
    }
    for (let at = 0; at < surrounded.length; at++) {
      const expected = at < MARGIN || at >= MARGIN + bytes.length ? poison : bytes[at - MARGIN]!;
      if (surrounded[at] !== expected) return `byte ${at - MARGIN} of the input was changed`;
    }
  }
  return undefined;
}

function checkDissect(bytes: Uint8Array, linkType: number, originalLength: number): string | undefined {
  const layers = dissect(bytes, linkType, originalLength);
  const wrong = wrongLayers(layers, bytes.length);
  if (wrong !== undefined) return wrong;
  const line = summarize(layers);
  if (/undefined|NaN|\n|\[object/.test(line)) return `summary is ${JSON.stringify(line)}`;
  packet.decode(bytes, 0, bytes.length, linkType, originalLength);
  const difference = disagreement(packet, layers);
  if (difference !== undefined) return difference;
  const quoting = layers.find((layer) => layer.layer === 'icmp' || layer.layer === 'icmpv6');
  const isOuter = layers.filter(({ layer }) => layer === 'ipv4' || layer === 'ipv6').length === 1;
  if (quoting?.quoted !== undefined && isOuter) {
    inner.decodeQuoted(bytes, packet.payloadOffset, packet.payloadLength);
    const counted = quoting.quoted.map((layer) => relative(layer, packet.payloadOffset));
    const quotedDifference = disagreement(inner, counted);
    if (quotedDifference !== undefined) return `quoted packet: ${quotedDifference}`;
  }
  if (packet.layers & bit.IPIP && !(packet.layers & (bit.FRAGMENT | bit.TRUNCATED))) {
    inner.decodeIp(bytes, packet.payloadOffset, packet.payloadLength);
    const content = bytes.slice(packet.payloadOffset, packet.payloadOffset + packet.payloadLength);
    const innerDifference = disagreement(inner, dissect(content, LINKTYPE_RAW));
    if (innerDifference !== undefined) return `inner packet: ${innerDifference}`;
  }
  return undefined;
}

/** `Packet` counts an error's offset from where it was told to begin. */
function relative(layer: Layer, start: number): Layer {
  if (layer.layer !== 'malformed')
    return 'offset' in layer ? { ...layer, offset: layer.offset - start } : layer;
  const { error } = layer;
  const offset = error.offset - start;
  const text = error.text.replace(`at byte ${error.offset}`, `at byte ${offset}`);
  return { layer: 'malformed', error: { ...error, offset, text } };
}

/** Every number and flag, with offsets counted from the frame. */
function observe(from: Packet, into: number[]): void {
  const base = from.offset;
  const relativeTo = (offset: number) => (offset < 0 ? -1 : offset - base);
  const checksums = verifyChecksums(from);
  into.length = 0;
  into.push(from.layers, from.sourceMac, from.destinationMac, from.etherType, from.vlanId, from.vlanDepth);
  into.push(
    from.ipVersion,
    relativeTo(from.ipOffset),
    from.ipHeaderLength,
    from.ipTotalLength,
    from.ipSource,
  );
  into.push(
    from.ipDestination,
    relativeTo(from.ipv6SourceOffset),
    relativeTo(from.ipv6DestinationOffset),
    from.ttl,
  );
  into.push(from.tos, from.ipId, Number(from.dontFragment), Number(from.moreFragments), from.fragmentOffset);
  into.push(from.protocol, relativeTo(from.l4Offset), from.l4Length, relativeTo(from.payloadOffset));
  into.push(from.payloadLength, from.payloadWireLength, from.sourcePort, from.destinationPort, from.tcpFlags);
  into.push(from.tcpSequence, from.tcpAcknowledgement, from.tcpWindow, from.tcpHeaderLength, from.icmpType);
  into.push(
    from.icmpCode,
    from.icmpRest,
    from.arpOperation,
    from.arpSenderMac,
    from.arpSenderIp,
    from.arpTargetMac,
  );
  into.push(
    from.arpTargetIp,
    from.error?.offset ?? -1,
    from.error?.needed ?? -1,
    from.error?.available ?? -1,
  );
  for (const state of [checksums.ipv4, checksums.icmp, checksums.tcp, checksums.udp]) into.push(state.length);
}

/** Goes on into the payload in both ways, whatever it is, and adds what is found. */
function observeInner(outer: Packet, into: number[]): string | undefined {
  for (const isQuoted of [true, false]) {
    if (isQuoted) inner.decodeQuoted(outer.buffer, outer.payloadOffset, outer.payloadLength);
    else inner.decodeIp(outer.buffer, outer.payloadOffset, outer.payloadLength);
    const values: number[] = [];
    observe(inner, values);
    into.push(...values);
    const outside = outsideFrame(inner);
    if (outside !== undefined) return `inner: ${outside}`;
  }
  return undefined;
}

function outsideFrame(checked: Packet): string | undefined {
  const { offset, capturedLength } = checked;
  const end = offset + capturedLength;
  const payloadEnd = checked.payloadOffset + checked.payloadLength;
  if (checked.payloadOffset < offset || checked.payloadLength < 0 || payloadEnd > end) {
    return `payload at ${checked.payloadOffset} for ${checked.payloadLength} is outside ${offset} to ${end}`;
  }
  if (checked.payloadWireLength < checked.payloadLength) return 'more payload is there than was on the wire';
  if (checked.l4Offset >= 0 && (checked.l4Offset < offset || checked.l4Offset + checked.l4Length > end)) {
    return `l4 at ${checked.l4Offset} for ${checked.l4Length} is outside ${offset} to ${end}`;
  }
  const { error } = checked;
  if (error && (error.offset < 0 || error.offset > capturedLength))
    return `error outside the frame: ${error.text}`;
  return undefined;
}

function wrongLayers(layers: readonly Layer[], frameBytes: number): string | undefined {
  if (layers.length > layersMax(frameBytes)) return `${layers.length} layers from ${frameBytes} bytes`;
  let reached = 0;
  for (const [index, layer] of layers.entries()) {
    if (layer.layer === 'malformed') {
      if (index !== layers.length - 1) return 'a layer follows the malformed one';
      const { offset, text } = layer.error;
      if (offset < 0 || offset > frameBytes) return `error outside the frame: ${text}`;
      continue;
    }
    if (layer.offset < reached) return `${layer.layer} at byte ${layer.offset} begins before byte ${reached}`;
    if (layer.offset > frameBytes) return `${layer.layer} at byte ${layer.offset} of ${frameBytes}`;
    reached = layer.offset;
    if ('quoted' in layer && layer.quoted !== undefined) {
      const wrong = wrongLayers(layer.quoted, frameBytes);
      if (wrong !== undefined) return `quoted: ${wrong}`;
    }
  }
  return undefined;
}
