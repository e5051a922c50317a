import type { CommandEvent, TraceEvent } from '../../trace/event.ts';
import { changesTable, readIpvsadmCommands } from '../ipvs-text/ipvsadm-command.ts';
import { count, inconclusive, passed, skipped, Tally } from '../judgement.ts';
import type { Judgement, Rule, RuleRun } from '../rule.ts';
import { type IpvsadmRun, readIpvsadmRun, runPlace } from '../sightings/ipvsadm-run.ts';
import { placeOf } from '../sightings/table-sightings.ts';

/**
 * LVS-GEN-09: what `ipvsadm -S -n` wrote, `ipvsadm -R` makes again from nothing: after `-C` the table is empty, and
 * after `-R` it is saved as the same text, byte for byte.
 */
export const lvsGen09: Rule = {
  id: 'LVS-GEN-09',
  needs: ['events'],
  interest: [],
  open: () => new Gen09(),
};

/** How far a table has come on its way: saved, cleared, seen empty, restored. */
interface Journey {
  readonly saved: string;
  readonly savedIn: string;
  readonly stage: 'saved' | 'cleared' | 'restored';
  readonly wasSeenEmpty: boolean;
}

class Gen09 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-09');
  /** By node and network namespace. */
  readonly #journeys = new Map<string, Journey>();
  #rules = 0;
  #notSeenEmpty = 0;
  #withoutInput = 0;
  /** Differences in a table that programs on the node may have changed meanwhile. */
  #unsure = 0;

  event(event: TraceEvent): void {
    if (event.kind !== 'command') return;
    const run = readIpvsadmRun(event.argv);
    if (run === undefined) {
      for (const command of readIpvsadmCommands(event.argv, event.input)) {
        if (changesTable(command)) this.#journeys.delete(placeOf(event.node, command.namespace));
      }
      return;
    }
    const place = placeOf(event.node, run.namespace);
    const next = this.#next(event, run, this.#journeys.get(place));
    if (next === undefined) this.#journeys.delete(place);
    else this.#journeys.set(place, next);
  }

  #next(event: CommandEvent, run: IpvsadmRun, journey: Journey | undefined): Journey | undefined {
    const [command] = readIpvsadmCommands(event.argv);
    switch (command?.operation) {
      case 'save':
        return this.#saved(event, run, journey);
      case 'clear':
        if (event.exitCode !== 0) return journey;
        return journey?.stage === 'saved' ? { ...journey, stage: 'cleared' } : undefined;
      case 'restore':
        return journey?.stage === 'cleared' ? this.#restored(event, run, journey) : undefined;
      default:
        return command !== undefined && changesTable(command) ? undefined : journey;
    }
  }

  #saved(event: CommandEvent, run: IpvsadmRun, journey: Journey | undefined): Journey | undefined {
    const isNumeric = run.words.some((word) => word === '--numeric' || /^-[A-Za-z]*n/.test(word));
    if (event.exitCode !== 0 || !isNumeric) return journey;
    const text = event.stdout;
    if (journey?.stage === 'cleared') {
      if (text === '') return { ...journey, wasSeenEmpty: true };
      this.#breach(event, run, journey, {
        claim: `the table of ${placeOf(event.node, run.namespace)} was not empty after ipvsadm -C`,
        expected: 'no rule',
        seen: rulesOf(text),
      });
    } else if (journey?.stage === 'restored') this.#compare(event, run, journey);
    if (text === '') return undefined;
    return { saved: text, savedIn: runPlace(event, run), stage: 'saved', wasSeenEmpty: false };
  }

  #restored(event: CommandEvent, run: IpvsadmRun, journey: Journey): Journey | undefined {
    if (event.input === undefined) {
      this.#withoutInput += 1;
      return undefined;
    }
    if (event.input !== journey.saved || event.exitCode === null) return undefined;
    if (event.exitCode === 0) return { ...journey, stage: 'restored' };
    this.#breach(event, run, journey, {
      claim: `ipvsadm -R on ${placeOf(event.node, run.namespace)} did not take what ipvsadm -S -n had written`,
      expected: 'exit code 0',
      seen: [`exit code ${event.exitCode}`, ...rulesOf(event.stderr)],
    });
    return undefined;
  }

  #compare(event: CommandEvent, run: IpvsadmRun, journey: Journey): void {
    if (event.stdout === journey.saved) {
      if (!journey.wasSeenEmpty) {
        this.#notSeenEmpty += 1;
        return;
      }
      this.#rules += rulesOf(journey.saved).length;
      this.#tally.right += 1;
      return;
    }
    this.#breach(event, run, journey, {
      claim: `the restored table of ${placeOf(event.node, run.namespace)} is not the one that was saved`,
      expected: `the ${count(rulesOf(journey.saved).length, 'rule')} that were saved, in their order`,
      seen: differences(rulesOf(journey.saved), rulesOf(event.stdout)),
    });
  }

  #breach(
    event: CommandEvent,
    run: IpvsadmRun,
    { savedIn }: Journey,
    what: { readonly claim: string; readonly expected: string; readonly seen: readonly string[] },
  ): void {
    // The node's own table belongs to the programs that run there, and nobody records what they do.
    if (run.namespace === '') {
      this.#unsure += 1;
      return;
    }
    this.#tally.breach(() => ({
      ...what,
      at: event.at,
      node: event.node,
      evidence: [savedIn, runPlace(event, run)],
    }));
  }

  finish(): Judgement {
    const { wrong, right, judged } = this.#tally;
    const measured = { tables: judged, rules: this.#rules, breaches: wrong };
    if (wrong > 0) {
      return this.#tally.failed(
        `${wrong} of ${count(judged, 'saved table')} did not come back as saved`,
        measured,
      );
    }
    if (right > 0) {
      return passed(
        `${count(right, 'saved table')} of ${count(this.#rules, 'rule')} came back the same, and was empty in between`,
        measured,
      );
    }
    if (this.#unsure > 0) {
      return inconclusive(
        "a table in the node's own network namespace came back otherwise, and programs on the node may have changed it meanwhile",
      );
    }
    if (this.#withoutInput > 0) {
      return inconclusive('a table was saved and cleared, and the trace lacks what ipvsadm -R read then');
    }
    if (this.#notSeenEmpty > 0) {
      return skipped('a saved table came back the same, and nobody saved it between ipvsadm -C and -R');
    }
    return skipped('no table was saved, cleared, restored and saved again in the trace');
  }
}

function rulesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

const shownMax = 10;

function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  const lost = before.filter((rule) => !after.includes(rule)).map((rule) => `lost: ${rule}`);
  const added = after.filter((rule) => !before.includes(rule)).map((rule) => `new: ${rule}`);
  const all = [...lost, ...added];
  if (all.length === 0) return ['the same rules in another order or number', ...after.slice(0, shownMax)];
  return all.slice(0, shownMax);
}
