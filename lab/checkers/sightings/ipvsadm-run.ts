import type { CommandEvent } from '../../trace/event.ts';
import { placeOf } from './table-sightings.ts';

/** One run of ipvsadm that the lab itself made, and nothing else in the same command. */
export interface IpvsadmRun {
  /** Empty for the node's own. */
  readonly namespace: string;
  /** Arguments without the program's name. */
  readonly words: readonly string[];
}

/** Undefined when the command runs something else, or a shell. */
export function readIpvsadmRun(argv: readonly string[]): IpvsadmRun | undefined {
  const isElsewhere = argv[0] === 'ip' && argv[1] === 'netns' && argv[2] === 'exec';
  const [program = '', ...words] = isElsewhere ? argv.slice(4) : argv;
  if (program.split('/').at(-1) !== 'ipvsadm') return undefined;
  return { namespace: isElsewhere ? (argv[3] ?? '') : '', words };
}

/** Where to find a run in the record. */
export function runPlace({ node, at }: CommandEvent, { namespace, words }: IpvsadmRun): string {
  return `trace.jsonl: ipvsadm ${words.join(' ')} on ${placeOf(node, namespace)} at +${(at / 1e9).toFixed(3)} s`;
}
