import type { CommandEvent, TraceEvent } from '../../trace/event.ts';
import { changesTable, readIpvsadmCommands } from '../ipvs-text/ipvsadm-command.ts';
import { type RefusedCommand, refusedCommands } from '../ipvsadm-refusals.ts';
import { inconclusive, list, passed, skipped, Tally } from '../judgement.ts';
import type { Judgement, Rule, RuleRun } from '../rule.ts';
import { type IpvsadmRun, readIpvsadmRun, runPlace } from '../sightings/ipvsadm-run.ts';
import { placeOf } from '../sightings/table-sightings.ts';

/**
 * LVS-GEN-10: what cannot be carried out, ipvsadm refuses with the words and the exit code of its contract. A case
 * counts when it ran on the table that it is made for: just cleared, with its rules restored and no others.
 */
export const lvsGen10: Rule = {
  id: 'LVS-GEN-10',
  needs: ['events'],
  interest: [],
  open: () => new Gen10(),
};

/** The rules in a table since it was cleared; undefined when they are not known. */
type Prepared = readonly string[] | undefined;

class Gen10 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-10');
  /** By node and network namespace; without a value when nobody cleared the table. */
  readonly #prepared = new Map<string, Prepared>();
  readonly #ran = new Set<RefusedCommand>();
  readonly #wrong = new Set<RefusedCommand>();
  /** Their tables could not be made, or they did not come to an end. */
  readonly #spoiled = new Set<RefusedCommand>();

  event(event: TraceEvent): void {
    if (event.kind !== 'command') return;
    const run = readIpvsadmRun(event.argv);
    if (run === undefined) {
      for (const command of readIpvsadmCommands(event.argv, event.input)) {
        if (changesTable(command)) this.#prepared.delete(placeOf(event.node, command.namespace));
      }
      return;
    }
    const place = placeOf(event.node, run.namespace);
    if (this.#prepared.has(place)) {
      const prepared = this.#prepared.get(place);
      const sameArguments = refusedCommands.filter(({ argv }) => isSame(argv, run.words));
      const refusal = sameArguments.find(({ setUp }) => prepared !== undefined && isSame(setUp, prepared));
      if (refusal !== undefined) this.#judge(refusal, event, run);
      else if (prepared === undefined) for (const one of sameArguments) this.#spoiled.add(one);
    }
    this.#prepare(event, place);
  }

  /** What the run leaves for the next one. */
  #prepare(event: CommandEvent, place: string): void {
    const [command] = readIpvsadmCommands(event.argv);
    if (command === undefined || !changesTable(command)) return;
    const before = this.#prepared.get(place);
    if (command.operation === 'clear' && event.exitCode === 0) this.#prepared.set(place, []);
    else if (command.operation === 'restore' && this.#prepared.has(place)) {
      const isKnown = before?.length === 0 && event.exitCode === 0 && event.input !== undefined;
      this.#prepared.set(place, isKnown ? rulesOf(event.input ?? '') : undefined);
    } else this.#prepared.delete(place);
  }

  #judge(refusal: RefusedCommand, event: CommandEvent, run: IpvsadmRun): void {
    const { name, message, exitCode } = refusal;
    if (event.exitCode === null) {
      this.#spoiled.add(refusal);
      return;
    }
    this.#ran.add(refusal);
    if (event.exitCode === exitCode && event.stderr.trim() === message) {
      this.#tally.right += 1;
      return;
    }
    this.#wrong.add(refusal);
    this.#tally.breach(() => ({
      claim: `ipvsadm on ${event.node} did not refuse ${name} as it should`,
      at: event.at,
      node: event.node,
      expected: `"${message}" on standard error and exit code ${exitCode}`,
      seen: [
        `ipvsadm ${run.words.join(' ')}`,
        `"${event.stderr.trim()}" on standard error and exit code ${event.exitCode}`,
      ],
      evidence: [runPlace(event, run)],
    }));
  }

  finish(): Judgement {
    const all = refusedCommands.length;
    const ran = this.#ran.size;
    const measured = { cases: ran, breaches: this.#tally.wrong };
    if (this.#wrong.size > 0) {
      return this.#tally.failed(
        `${this.#wrong.size} of ${ran} impossible commands ${this.#wrong.size === 1 ? 'was' : 'were'} not refused with the right message and exit code; ${ran} of ${all} cases were in the trace`,
        measured,
      );
    }
    if (ran === all) {
      return passed(
        `all ${all} impossible commands were refused with the right message and exit code`,
        measured,
      );
    }
    const spoiled = [...this.#spoiled].filter((refusal) => !this.#ran.has(refusal)).map(({ name }) => name);
    const what = `${ran} of ${all} cases were in the trace${ran > 0 ? ', all refused as they should be' : ''}`;
    if (spoiled.length > 0) {
      return inconclusive(`${what}; the table could not be prepared for ${list(spoiled)}`, measured);
    }
    return skipped(what);
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}

function rulesOf(input: string): readonly string[] {
  return input
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
