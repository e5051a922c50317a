export type TopologyRule =
  // The shape of the object.
  | 'wrong-type'
  | 'missing-property'
  | 'unknown-property'
  | 'unknown-value'
  | 'out-of-range'
  | 'empty'
  | 'too-many'
  // Names.
  | 'name-syntax'
  | 'reserved-name'
  | 'name-taken'
  | 'unknown-segment'
  | 'unknown-line'
  | 'unknown-node'
  // Addresses.
  | 'malformed-address'
  | 'malformed-network'
  | 'special-network'
  | 'overlapping-segments'
  | 'outside-segment'
  | 'network-address'
  | 'broadcast-address'
  | 'duplicate-address'
  // Routes and lines.
  | 'gateway-off-segment'
  | 'gateway-is-own-address'
  | 'gateway-is-nobody'
  | 'duplicate-route'
  | 'line-ends'
  // Virtual services.
  | 'vip-is-node-address'
  | 'vip-off-segment'
  | 'duplicate-service'
  | 'wrong-role'
  | 'listed-twice'
  | 'director-off-vip-segment'
  | 'rip-of-other-node'
  | 'port-rewrite'
  | 'real-server-out-of-reach';

/** One thing that is wrong with a topology. Data first: `text` and the rest render to a message. */
export interface TopologyProblem {
  readonly rule: TopologyRule;
  /** Written as JavaScript would: `nodes.web2.nics.eth0.address`. Empty for the topology as a whole. */
  readonly path: string;
  /** Whether the last key of the path is at fault, or the value behind it. */
  readonly at: 'key' | 'value';
  /** What is wrong, complete with the user's names and values. */
  readonly text: string;
  /** What stands there now. */
  readonly found: string;
  /** What may stand there instead. */
  readonly expected: string;
  /** The allowed value that `found` is most likely a misspelling of. */
  readonly nearest?: string;
  /** The place that this one is in conflict with. */
  readonly otherPath?: string;
}

/** One line for a person. A conflict names its other place; anything else says what is allowed. */
export function describeProblem(problem: TopologyProblem, otherLine?: number): string {
  if (problem.otherPath !== undefined) {
    return `${problem.text} (${otherLine === undefined ? problem.otherPath : `line ${otherLine}`})`;
  }
  const { text, expected, nearest } = problem;
  const suggestion = nearest === undefined || nearest === expected ? '' : `; did you mean ${nearest}?`;
  return `${text}; expected ${expected}${suggestion}`;
}

/** Where a problem of a topology is, and what it is. Lines and columns count from 1. */
export interface LocatedProblem {
  /** As the user would open it; the topology's name when it came from no file. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly text: string;
}

/** A topology that cannot be used. The message lists every problem, one a line. */
export class TopologyError extends Error {
  override readonly name = 'TopologyError';
  readonly problems: readonly LocatedProblem[];

  constructor(problems: readonly LocatedProblem[], options?: ErrorOptions) {
    super(problems.map(formatLocatedProblem).join('\n'), options);
    this.problems = problems;
  }
}

function formatLocatedProblem({ file, line, column, text }: LocatedProblem): string {
  return `${[file, line, column].filter((part) => part !== undefined).join(':')}: ${text}`;
}
