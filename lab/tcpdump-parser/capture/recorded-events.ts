import type {
  CaptureHandler,
  InterfaceInfo,
  InterfaceStatistics,
  NameRecords,
  SectionInfo,
} from './capture-handler.ts';
import { CaptureParser } from './capture-parser.ts';
import type { CaptureProblem } from './capture-problem.ts';
import type { CapturedFrame } from './captured-frame.ts';

export interface RecordedFrame {
  readonly number: number;
  readonly interfaceIndex: number;
  readonly linkType: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly originalLength: number;
  readonly flags: number;
  readonly comment: string | undefined;
  readonly hex: string;
}

/** Everything a capture gave, copied, for tests to look at. */
export class RecordedEvents implements CaptureHandler {
  readonly sections: SectionInfo[] = [];
  readonly interfaces: InterfaceInfo[] = [];
  readonly nameRecords: NameRecords[] = [];
  readonly counters: InterfaceStatistics[] = [];
  readonly frames: RecordedFrame[] = [];
  readonly problems: CaptureProblem[] = [];

  section(info: SectionInfo): void {
    this.sections.push(info);
  }

  interface(info: InterfaceInfo): void {
    this.interfaces.push(info);
  }

  names(records: NameRecords): void {
    this.nameRecords.push(records);
  }

  statistics(statistics: InterfaceStatistics): void {
    this.counters.push(statistics);
  }

  frame(frame: CapturedFrame): void {
    const { buffer, offset, capturedLength } = frame;
    this.frames.push({
      number: frame.number,
      interfaceIndex: frame.interfaceIndex,
      linkType: frame.linkType,
      seconds: frame.seconds,
      nanoseconds: frame.nanoseconds,
      originalLength: frame.originalLength,
      flags: frame.flags,
      comment: frame.comment,
      hex: Buffer.from(buffer.slice(offset, offset + capturedLength)).toString('hex'),
    });
  }

  problem(problem: CaptureProblem): void {
    this.problems.push(problem);
  }
}

export function eventsOf(...pieces: readonly Uint8Array[]): RecordedEvents {
  const events = new RecordedEvents();
  const parser = new CaptureParser(events);
  for (const piece of pieces) parser.push(piece);
  parser.end();
  return events;
}
