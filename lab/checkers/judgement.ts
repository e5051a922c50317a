import { type Finding, findingsMax, type Judgement } from './rule.ts';

/** Verdicts in words, the same for all rules, and the count of what was right and wrong. */

export function passed(reason: string, measured?: Readonly<Record<string, number>>): Judgement {
  return { verdict: 'pass', reason, findings: [], ...(measured !== undefined && { measured }) };
}

/** The trace cannot show the claim. */
export function skipped(reason: string): Judgement {
  return { verdict: 'skipped', reason, findings: [] };
}

/** The lab, or what else went wrong in it, spoiled the claim. */
export function inconclusive(reason: string, measured?: Readonly<Record<string, number>>): Judgement {
  return { verdict: 'inconclusive', reason, findings: [], ...(measured !== undefined && { measured }) };
}

export type Breach = Omit<Finding, 'rule'>;

/** Counts what a rule saw right and wrong, and keeps the first findings. */
export class Tally {
  readonly #rule: string;
  readonly #findings: Finding[] = [];
  right = 0;
  wrong = 0;

  constructor(rule: string) {
    this.#rule = rule;
  }

  get judged(): number {
    return this.right + this.wrong;
  }

  /** The finding is made only while there is room for it. */
  breach(finding: () => Breach): void {
    this.wrong += 1;
    if (this.#findings.length < findingsMax) this.#findings.push({ rule: this.#rule, ...finding() });
  }

  add(breaches: readonly Breach[]): void {
    for (const breach of breaches) this.breach(() => breach);
  }

  failed(reason: string, measured?: Readonly<Record<string, number>>): Judgement {
    const findings = this.#findings.toSorted((a, b) => a.at - b.at);
    return { verdict: 'fail', reason, findings, ...(measured !== undefined && { measured }) };
  }
}

/** `1 packet`, `12 packets`; the plural may be given: `2 entries`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? 'nothing';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `+12.310 s`: a moment of the lab clock as people read it. */
export function moment(at: number): string {
  return `+${seconds(at)}`;
}

/** `0.306 s`, from nanoseconds. */
export function seconds(nanoseconds: number): string {
  return `${(nanoseconds / 1e9).toFixed(3)} s`;
}
