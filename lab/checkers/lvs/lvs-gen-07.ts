import { type Disturbances, disturbances } from '../disturbances.ts';
import { type Breach, count, inconclusive, list, passed, seconds, skipped, Tally } from '../judgement.ts';
import type { Judgement, JudgingContext, Rule, RuleRun } from '../rule.ts';
import {
  describeEntry,
  type EntryLife,
  type EntryLives,
  entryLives,
  type Look,
  lookPlace,
} from '../sightings/entry-lives.ts';
import { type TimeoutHistory, timeoutHistory } from '../sightings/timeout-history.ts';
import { latenessNs, secondNs, type Window } from '../sightings/window.ts';
import { defaultTimeouts } from './traffic/tcp-state.ts';

/**
 * LVS-GEN-07: an entry goes once its state has lasted for its timeout without a packet. Nobody waits for two
 * minutes, so the claim is put together: entries get the right time in each state, the time runs down, and an entry
 * with a short time is gone when it is over and not before.
 */
export const lvsGen07: Rule = {
  id: 'LVS-GEN-07',
  needs: ['events'],
  interest: [],
  open: (context) => new Gen07(context),
};

const claimed = ['FIN_WAIT', 'TIME_WAIT', 'SYN_RECV'] as const;
type Claimed = (typeof claimed)[number];

/** A listed time is a whole second; known less exactly than twice that, it shows nothing. */
const widthMax = 2 * secondNs;
/** To see a time run down takes looks as far apart as the time's unit. */
const spanMin = secondNs;
/** That an entry went in time is shown by a look no longer before it was due, and another no longer after. */
const bracketNs = secondNs;

/** How long an entry lived, from its last packet to the looks before and after it went. */
interface Vanished {
  readonly timeout: number;
  readonly atLeast: number;
  readonly atMost: number;
}

class Gen07 implements RuleRun {
  readonly #tally = new Tally('LVS-GEN-07');
  readonly #context: JudgingContext;
  readonly #lives: EntryLives;
  readonly #timeouts: TimeoutHistory;
  readonly #lab: Disturbances;
  /** By state: entries that had the default time and ran down. */
  readonly #shown: Record<Claimed, number> = { FIN_WAIT: 0, TIME_WAIT: 0, SYN_RECV: 0 };
  /** States of which any entry was seen at all. */
  readonly #seen = new Set<string>();
  readonly #isCounted = new WeakSet<EntryLife>();
  readonly #isWrong = new WeakSet<EntryLife>();
  readonly #isSpoiled = new WeakSet<EntryLife>();
  readonly #vanished: Vanished[] = [];
  /** Entries that went while nobody looked closely enough. */
  #unwatched = 0;
  #spoiled = 0;

  constructor(context: JudgingContext) {
    this.#context = context;
    this.#lives = context.view(entryLives);
    this.#timeouts = context.view(timeoutHistory);
    this.#lab = context.view(disturbances);
    this.#lives.listen({
      seen: (life) => this.#look(life),
      jumped: (life, look) => this.#jumped(life, look),
      gone: (life, look, isUntouched) => this.#gone(life, look, isUntouched),
    });
  }

  /** The seconds that the entry was to get; undefined when that is not known. */
  #timeoutFor({ node, state, start }: EntryLife): number | undefined {
    return start === undefined ? undefined : this.#timeouts.timeoutOf(node, state, start);
  }

  /** Nothing but packets and timers had a hand in this entry, and the lab did not stand still. */
  #isJudged(life: EntryLife, until: number): boolean {
    if (life.protocol !== 'TCP' || this.#isWrong.has(life)) return false;
    if (this.#timeouts.isUnusual(life.node)) return this.#spoil(life);
    const from = life.start?.from ?? life.first.at;
    return this.#lab.hasFaultWithin(from, until) ? this.#spoil(life) : true;
  }

  #spoil(life: EntryLife): false {
    if (!this.#isSpoiled.has(life)) this.#spoiled += 1;
    this.#isSpoiled.add(life);
    return false;
  }

  #look(life: EntryLife): void {
    this.#seen.add(life.state);
    if (!this.#isJudged(life, life.last.until)) return;
    const { start, due, first, last } = life;
    const timeout = this.#timeoutFor(life);
    if (start === undefined || timeout === undefined) return;
    const given = { from: due.from - start.to, to: due.to - start.from };
    if (given.from > timeout * secondNs || given.to < timeout * secondNs) {
      this.#breach(life, this.#wrongTime(life, timeout, given));
      return;
    }
    const latest = this.#latest(start, timeout, last.at);
    if (last.at > latest) {
      this.#breach(life, this.#tooOld(life, timeout, latest));
      return;
    }
    const isDefault = isClaimed(life.state) && timeout === defaultTimeouts[life.state];
    if (!isDefault || this.#isCounted.has(life) || last.at - first.at < spanMin) return;
    if (given.to - given.from > widthMax) {
      this.#spoil(life);
      return;
    }
    this.#isCounted.add(life);
    this.#shown[life.state] += 1;
  }

  /** The last moment at which an entry may still be there. */
  #latest(start: Window, timeout: number, now: number): number {
    const stalled = this.#lab.stalledWithin(start.from, now);
    return start.to + timeout * secondNs + latenessNs(timeout * secondNs) + stalled;
  }

  #jumped(life: EntryLife, look: Look): void {
    if (!this.#isJudged(life, look.until)) return;
    const { node, state, last } = life;
    const passed = (look.at - last.at) / secondNs;
    this.#breach(life, {
      claim: `the time that an entry in ${state} had left at ${node} did not run down second by second`,
      at: look.at,
      node,
      expected: `${Math.max(0, Math.round(last.expires - passed))} s left, give or take a second: no packet came in the ${passed.toFixed(3)} s since it had ${last.expires} s`,
      seen: [`${describeEntry(life)} ${state} with ${look.expires} s left`],
      evidence: [lookPlace(life, last), lookPlace(life, look)],
    });
  }

  #gone(life: EntryLife, look: Omit<Look, 'expires'>, isUntouched: boolean): void {
    if (!this.#isJudged(life, look.until)) return;
    const { start, due, last, node, state } = life;
    const timeout = this.#timeoutFor(life);
    const over = start === undefined || timeout === undefined ? undefined : start.from + timeout * secondNs;
    const earliest = Math.max(due.from, over ?? Number.NEGATIVE_INFINITY);
    if (look.until < earliest) {
      // A packet that nobody saw may have reset the connection.
      if (!isUntouched) return;
      this.#breach(life, {
        claim: `an entry in ${state} was gone at ${node} before its time was over`,
        at: look.at,
        node,
        expected: `listed until +${seconds(earliest)} at least: it had ${last.expires} s left at +${seconds(last.at)}`,
        seen: [`${describeEntry(life)} was not listed ${seconds(look.until - last.at)} later`],
        evidence: [lookPlace(life, last), lookPlace(life, look)],
      });
      return;
    }
    if (start === undefined || timeout === undefined || over === undefined) return;
    const isWatched =
      last.at >= over - bracketNs && look.until <= this.#latest(start, timeout, look.until) + bracketNs;
    if (!isWatched) {
      this.#unwatched += 1;
      return;
    }
    this.#tally.right += 1;
    if (this.#vanished.length < vanishedMax) {
      this.#vanished.push({ timeout, atLeast: last.at - start.to, atMost: look.until - start.from });
    }
  }

  #breach(life: EntryLife, breach: Breach): void {
    this.#isWrong.add(life);
    this.#tally.breach(() => breach);
  }

  #wrongTime(life: EntryLife, timeout: number, given: Window): Breach {
    const { node, state, last } = life;
    return {
      claim: `${node} did not give an entry in ${state} ${timeout} s`,
      at: last.at,
      node,
      expected: `${timeout} s from its last packet on`,
      seen: [
        `${describeEntry(life)} ${state} with ${last.expires} s left, ${sinceStart(life)}: ${seconds(given.from)} to ${seconds(given.to)} in all`,
      ],
      evidence: [lookPlace(life, last)],
    };
  }

  #tooOld(life: EntryLife, timeout: number, latest: number): Breach {
    const { node, state, last } = life;
    return {
      claim: `an entry in ${state} was still there at ${node} when its ${timeout} s were long over`,
      at: last.at,
      node,
      expected: `no entry after +${seconds(latest)}`,
      seen: [`${describeEntry(life)} ${state}, ${sinceStart(life)}`],
      evidence: [lookPlace(life, last)],
    };
  }

  finish(): Judgement {
    const { wrong, right } = this.#tally;
    const shown = claimed.reduce((sum, state) => sum + this.#shown[state], 0);
    const measured = {
      finWait: this.#shown.FIN_WAIT,
      timeWait: this.#shown.TIME_WAIT,
      synRecv: this.#shown.SYN_RECV,
      vanished: right,
      breaches: wrong,
    };
    if (wrong > 0) {
      return this.#tally.failed(
        `${count(wrong, 'entry', 'entries')} did not live as long as the state's timeout; ${shown} had the right time and ${right} went in time`,
        measured,
      );
    }
    const missing = this.#missing();
    const parts = [...this.#ranDown(), ...this.#went()];
    if (missing.length === 0) return passed(parts.join('; '), measured);
    const reason = `${parts.length === 0 ? '' : `${parts.join('; ')}; `}not shown: ${list(missing)}`;
    const excuses = this.#excuses();
    return excuses.length > 0 ? inconclusive(`${reason}; ${excuses.join('; ')}`, measured) : skipped(reason);
  }

  #excuses(): readonly string[] {
    const judgedNot = count(this.#spoiled, 'entry', 'entries');
    return [
      ...(this.#spoiled > 0
        ? [`${judgedNot} could not be judged because of faults, unusual settings or looks that took too long`]
        : []),
      ...(!this.#context.isComplete && this.#seen.size > 0 ? ['frames are missing from the record'] : []),
    ];
  }

  #ranDown(): readonly string[] {
    const kinds = claimed.filter((state) => this.#shown[state] > 0);
    if (kinds.length === 0) return [];
    const amounts = kinds.map(
      (state) => `${this.#shown[state]} in ${state} from ${defaultTimeouts[state]} s`,
    );
    return [`entries ran down second by second: ${list(amounts)}`];
  }

  #went(): readonly string[] {
    const [shortest, ...others] = this.#vanished.toSorted((a, b) => a.timeout - b.timeout);
    if (shortest === undefined) return [];
    const { timeout, atLeast, atMost } = shortest;
    const more = others.length === 0 ? '' : `, and ${others.length} more in time`;
    return [
      `one with ${timeout} s went ${seconds(atLeast)} to ${seconds(atMost)} after its last packet${more}`,
    ];
  }

  #missing(): readonly string[] {
    const unshown = claimed.filter((state) => this.#shown[state] === 0);
    const unseen = unshown.filter((state) => !this.#seen.has(state));
    const unwatched = unshown.filter((state) => this.#seen.has(state));
    const states = [
      ...unseen.map((state) => `an entry in ${state}`),
      ...(unwatched.length > 0
        ? [`an entry in ${list(unwatched)} that was watched for a second after a known last packet`]
        : []),
    ];
    if (this.#tally.right > 0) return states;
    return [
      ...states,
      this.#unwatched > 0
        ? `an entry that was looked at just before and just after it went (${this.#unwatched} went unwatched)`
        : 'an entry that went when its time was over',
    ];
  }
}

const vanishedMax = 1000;

function isClaimed(state: string): state is Claimed {
  return claimed.some((one) => one === state);
}

/** `0.306 s after its last packet`, with the earliest moment that the packet may have come. */
function sinceStart({ start, last, packetAt }: EntryLife): string {
  const packet = packetAt === undefined ? 'the look before its last packet' : 'its last packet';
  return `${seconds(last.at - (start?.from ?? last.at))} after ${packet}`;
}
