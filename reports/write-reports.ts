import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { htmlReport } from './html.ts';
import { junitXml } from './junit.ts';
import type { RunReport } from './run-report.ts';
import { verdictsJson } from './verdicts-json.ts';

/** The files that a run leaves, beside its evidence. */
const reportFiles = { json: 'verdicts.json', junit: 'junit.xml', html: 'report.html' } as const;

/**
 * Writes `verdicts.json`, `junit.xml` and `report.html` into a directory, which is made when it does not
 * exist. A reader sees a whole file or the one of before, never a part. Throws the system's error when the
 * directory cannot be written.
 */
export function writeReports(directory: string, report: RunReport): void {
  mkdirSync(directory, { recursive: true });
  // Rendered before anything is written: a report that cannot be rendered replaces nothing.
  const files = [
    [reportFiles.json, verdictsJson(report)],
    [reportFiles.junit, junitXml(report)],
    [reportFiles.html, htmlReport(report)],
  ] as const;
  for (const [name, text] of files) writeWhole(join(directory, name), text);
}

/** rename(2) replaces a file in one step, within one file system: so the new one is made beside it. */
function writeWhole(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
