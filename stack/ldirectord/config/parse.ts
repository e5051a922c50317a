import { buildConfig, type WrittenSection } from './build.ts';
import type { Config } from './model.ts';
import { byPosition, type Problem } from './problem.ts';
import { complaintsInto, readBody, readGlobals } from './read-directives.ts';
import { outlineOf } from './sections.ts';
import { quote } from './value-readers.ts';
import { type VirtualLine, virtualReader } from './virtual-line.ts';

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/**
 * Reads a whole ldirectord.cf. Every problem of the file is reported, in file order. Host names stay
 * names: resolve-names.ts replaces them.
 */
export function parseConfig(text: string, fileName: string): ParsedConfig {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const complaints = complaintsInto(fileName, problems, warnings);
  const outline = outlineOf(text, fileName);
  problems.push(...outline.problems);

  const globals = readGlobals(outline.globals, complaints);
  const sections: WrittenSection[] = [];
  for (const { family, header, body } of outline.sections) {
    const { line, column, name, value, valueColumn } = header;
    const writtenBody = readBody(body, complaints);
    const reading = header.hasEquals ? virtualReader(family)(value) : undefined;
    if (reading === undefined)
      complaints.error(line, column, `${name}: found no "="; allowed: ${name} = value`);
    else if (!reading.ok) complaints.error(line, valueColumn + reading.offset, `${name}: ${reading.text}`);
    // A section whose header cannot be read is still checked against a stand-in, for the other mistakes.
    const virtual: VirtualLine = reading?.ok ? reading.value : unreadable(quote(value), line);
    sections.push({ family, line, column, header: virtual, body: writtenBody });
  }
  const config = buildConfig(fileName, globals, sections, complaints);

  warnings.sort(byPosition);
  if (problems.length > 0) return { ok: false, problems: problems.sort(byPosition), warnings };
  return { ok: true, config, warnings };
}

/** Unlike any other section's address, so that it is nobody's duplicate. */
function unreadable(text: string, line: number): VirtualLine {
  return { address: { kind: 'address', address: `${text} in line ${line}`, port: 80 }, protocol: 'tcp' };
}
