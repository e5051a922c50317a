import { CaptureParser } from '../capture/capture-parser.ts';
import { Random } from './random.ts';

/** Smallest block of pcapng, smaller than the smallest record of pcap. */
const RECORD_BYTES_MIN = 12;

interface Events {
  readonly log: string[];
  frames: number;
  problems: number;
  wrong: string | undefined;
}

/** What is wrong with how this capture file is read. Undefined: nothing. */
export function checkCapture(bytes: Uint8Array, cutSeed: number): string | undefined {
  try {
    const whole = read(bytes, [bytes.length]);
    if (whole.wrong !== undefined) return whole.wrong;
    const pieces = read(bytes, cuts(bytes.length, cutSeed));
    if (pieces.wrong !== undefined) return `in pieces: ${pieces.wrong}`;
    const byteByByte =
      cutSeed % 8 === 0
        ? read(
            bytes,
            Array.from(bytes, () => 1),
          )
        : pieces;
    for (const events of [pieces, byteByByte]) {
      const difference = firstDifference(whole.log, events.log);
      if (difference !== undefined) return difference;
    }
    return undefined;
  } catch (error) {
    return `throws ${error instanceof Error ? error.stack : String(error)}`;
  }
}

function cuts(length: number, seed: number): number[] {
  const random = new Random(seed, 0);
  const longest = random.pick([3, 16, 64, 512]);
  const sizes: number[] = [];
  for (let left = length; left > 0; left -= sizes.at(-1)!)
    sizes.push(Math.min(left, random.below(longest + 1)));
  return sizes;
}

/** Each piece stands in a buffer of ones that is overwritten as soon as the parser returns. */
function read(bytes: Uint8Array, sizes: readonly number[]): Events {
  const events: Events = { log: [], frames: 0, problems: 0, wrong: undefined };
  const parser = new CaptureParser({
    section: (info) => events.log.push(JSON.stringify(info)),
    interface: (info) => events.log.push(JSON.stringify(info)),
    names: (records) => events.log.push(JSON.stringify(records)),
    statistics: (statistics) => events.log.push(JSON.stringify(statistics)),
    frame: (frame) => {
      events.frames++;
      const { number, offset, capturedLength, buffer, seconds, nanoseconds } = frame;
      if (number !== events.frames) events.wrong ??= `frame ${events.frames} has number ${number}`;
      if (offset + capturedLength > buffer.length) events.wrong ??= `frame ${number} is outside its buffer`;
      if (!Number.isInteger(seconds)) events.wrong ??= `frame ${number} has ${seconds} seconds`;
      if (!Number.isInteger(nanoseconds) || nanoseconds < 0 || nanoseconds > 999_999_999) {
        events.wrong ??= `frame ${number} has ${nanoseconds} nanoseconds`;
      }
      const content = Buffer.from(buffer.slice(offset, offset + capturedLength)).toString('latin1');
      const { interfaceIndex, linkType, originalLength, flags, comment } = frame;
      const values = [
        number,
        interfaceIndex,
        linkType,
        seconds,
        nanoseconds,
        originalLength,
        flags,
        comment,
        content,
      ];
      events.log.push(values.join(' '));
    },
    problem: (problem) => {
      events.problems++;
      events.log.push(JSON.stringify(problem));
      if (problem.offset < 0 || problem.offset > bytes.length)
        events.wrong ??= `outside the file: ${problem.text}`;
    },
  });
  let at = 0;
  for (const size of sizes) {
    const room = new Uint8Array(size + 16).fill(0xff);
    room.set(bytes.subarray(at, at + size));
    parser.push(room.subarray(0, size));
    room.fill(0xee);
    at += size;
  }
  parser.end();
  const most = 2 + bytes.length / RECORD_BYTES_MIN;
  if (events.frames > most || events.problems > 2 * most) {
    events.wrong ??= `${events.frames} frames and ${events.problems} problems from ${bytes.length} bytes`;
  }
  return events;
}

function firstDifference(whole: readonly string[], pieces: readonly string[]): string | undefined {
  const index = whole.findIndex((line, place) => line !== pieces[place]);
  if (index < 0 && whole.length === pieces.length) return undefined;
  const place = index < 0 ? whole.length : index;
  return `event ${place} depends on how the file is cut: ${whole[place]} or ${pieces[place]}`;
}
