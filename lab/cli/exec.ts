import { LabError } from '../errors.ts';
import { runSession } from '../interactive/command-session.ts';
import { chooseLab, runningLabs } from '../interactive/running-labs.ts';

export interface ExecOptions {
  readonly lab?: string;
  readonly stdin?: true;
  readonly terminal?: true;
}

/** `halab exec NODE -- CMD…`: the program's streams and exit code are this command's. */
export async function exec(node: string, argv: readonly string[], options: ExecOptions): Promise<number> {
  const lab = chooseLab(runningLabs(), options.lab);
  const isTerminal = options.terminal === true;
  if (isTerminal && !process.stdin.isTTY) {
    throw new LabError('LAB_USAGE', '--terminal wants a terminal: standard input is none');
  }
  const takesInput = isTerminal || options.stdin === true;
  // What stands before the program is not the program's.
  const program = argv[0] === '--' ? argv.slice(1) : argv;
  return runSession(lab, { node, argv: program, takesInput, isTerminal }, process);
}
