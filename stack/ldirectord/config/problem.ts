/** A place in a configuration file. Line and column start at 1; a tab is one column here. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing wrong with a configuration, or worth a warning. */
export interface Problem {
  readonly at: Position;
  readonly text: string;
}

/** `file:line:column: error: text`, the form that editors and compilers share. */
export function renderProblem(problem: Problem, severity: 'error' | 'warning'): string {
  const { file, line, column } = problem.at;
  return `${file}:${line}:${column}: ${severity}: ${problem.text}`;
}

/** File order. */
export function byPosition(a: Problem, b: Problem): number {
  return a.at.line - b.at.line || a.at.column - b.at.column;
}
