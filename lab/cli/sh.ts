import { runSession } from '../interactive/command-session.ts';
import { chooseLab, runningLabs } from '../interactive/running-labs.ts';

/** `halab sh NODE`: a shell in the user's terminal, or one that reads its commands from a pipe. */
export async function sh(node: string, options: { readonly lab?: string }): Promise<number> {
  const lab = chooseLab(runningLabs(), options.lab);
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) console.error(`shell on ${node} of lab ${lab.name}; exit or Ctrl-] leaves it`);
  const argv = ['sh', '-c', `cd; exec bash ${isTerminal ? '-il' : '-l'}`];
  return runSession(lab, { node, argv, takesInput: true, isTerminal }, process);
}
