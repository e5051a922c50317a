/**
 * The shape of the file, before any value is read:
 *
 *   checkinterval = 5                 a directive of the top level begins in column 1
 *   virtual = 192.0.2.80:80           opens a section
 *       real = 198.51.100.2:80 gate   its body is indented by 4 or more, a tab counting as 4
 *   # a comment line                  does not end the section
 *
 *   (a blank line, or one in column 1, does)
 */
import type { Family } from '../address.ts';
import { bodyIndentation, type ConfigLine, readLines } from './lines.ts';
import type { Problem } from './problem.ts';

/** `name = value`, with columns starting at 1. */
export interface Entry {
  readonly name: string;
  readonly value: string;
  readonly hasEquals: boolean;
  readonly line: number;
  readonly column: number;
  readonly valueColumn: number;
}

export interface Section {
  readonly family: Family;
  readonly header: Entry;
  readonly body: readonly Entry[];
}

export interface Outline {
  readonly globals: readonly Entry[];
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
}

interface OpenSection {
  readonly section: { readonly family: Family; readonly header: Entry; readonly body: Entry[] };
  /** Line of the blank that ended it; lines indented like a body may still follow by mistake. */
  endedBy?: number;
}

/** Sorts the lines of a file into top level and sections. */
export function outlineOf(text: string, file: string): Outline {
  const globals: Entry[] = [];
  const sections: Section[] = [];
  const problems: Problem[] = [];
  let open: OpenSection | undefined;
  const complain = (line: ConfigLine, problem: string) => {
    problems.push({ at: { file, line: line.number, column: line.column }, text: problem });
  };

  for (const line of readLines(text)) {
    if (line.kind === 'comment') continue;
    if (line.kind === 'blank') {
      if (open !== undefined) open.endedBy ??= line.number;
      continue;
    }
    const entry = entryOf(line);
    if (entry === undefined) {
      complain(line, `found "${line.text}"; allowed: name = value`);
      continue;
    }
    if (line.indentation === 0) {
      open = undefined;
      const family = sectionFamily(entry.name);
      if (family === undefined) globals.push(entry);
      else {
        const section = { family, header: entry, body: [] };
        sections.push(section);
        open = { section };
      }
      continue;
    }
    // A line that is wrongly indented or cut off is read as part of the section above, so that one
    // mistake gives one message and not one for every line that follows.
    const complaint = misplaced(line, open);
    if (complaint !== undefined) complain(line, complaint);
    if (open !== undefined) {
      delete open.endedBy;
      open.section.body.push(entry);
    }
  }
  return { globals, sections, problems };
}

function misplaced(line: ConfigLine, open: OpenSection | undefined): string | undefined {
  if (line.indentation < bodyIndentation) {
    const allowed = `none for a global directive, ${bodyIndentation} or more (or a tab) in a section`;
    return `found an indentation of ${line.indentation}; allowed: ${allowed}`;
  }
  if (open === undefined)
    return 'found an indented line outside a section; allowed: indentation below a virtual line';
  if (open.endedBy === undefined) return undefined;
  const header = `the section of line ${open.section.header.line}`;
  return `found an indented line after ${header} was ended by blank line ${open.endedBy}; allowed: no blank line within a section`;
}

function sectionFamily(name: string): Family | undefined {
  if (name === 'virtual') return 'ipv4';
  return name === 'virtual6' ? 'ipv6' : undefined;
}

function entryOf(line: ConfigLine): Entry | undefined {
  const match = /^([A-Za-z][\w-]*)(\s*=\s*)?/.exec(line.text);
  if (match === null) return undefined;
  const [head, name = '', equals] = match;
  return {
    name,
    value: line.text.slice(head.length).trimStart(),
    hasEquals: equals !== undefined,
    line: line.number,
    column: line.column,
    valueColumn: line.column + head.length,
  };
}
