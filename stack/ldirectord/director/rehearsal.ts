/**
 * A director on stage: a model of the kernel's table, real servers that answer as told, a clock that
 * only moves when asked, and everything that happens as lines of a transcript. For tests.
 */
import { after, type Duration, type Instant, ms } from '../../time.ts';
import { type CheckSpec, down, timeLimit, up } from '../checks/check.ts';
import type { Config } from '../config/model.ts';
import { parseConfig } from '../config/parse.ts';
import { renderProblem } from '../config/problem.ts';
import { applyCommand } from '../table/apply.ts';
import { type Command, ipvsadmArguments } from '../table/command.ts';
import type { ObservedTable } from '../table/table.ts';
import type { Effect } from './effect.ts';
import type { Input, ProgramResult } from './input.ts';
import type { State } from './state.ts';
import { nextWake, start, step } from './step.ts';

/** How a real server answers every kind of check. */
export type Answer = 'up' | 'down' | 'hangs' | 'maintenance';

const checkTime = ms(5);
const programmingTime = ms(50);

/** Ticks per second of the model kernel. */
const ticksPerSecond = 250;

export class Rehearsal {
  #state: State;
  #now = 0 as Instant;
  #file: string;
  #kernel: ObservedTable;
  #events: { readonly at: Instant; readonly input: () => Input; readonly run?: number }[] = [];
  #transcript: string[] = [];
  readonly #answers = new Map<string, Answer>();
  #refusals: readonly string[] = [];
  #ignored: readonly string[] = [];
  /** Checks as they were started: `+1.000 connect 198.51.100.2:80`. */
  readonly checks: string[] = [];
  /** How often the director was told something. */
  steps = 0;

  /** Starts a director with a configuration, on a kernel that may hold entries already. */
  constructor(file: string, kernel: ObservedTable = new Map()) {
    this.#file = file;
    this.#kernel = kernel;
    const [state, effects] = start(readable(file), file, this.#now);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  /** Real servers are addressed without port; they answer `down` until told otherwise. */
  answer(address: string, answer: Answer): this {
    this.#answers.set(address, answer);
    return this;
  }

  /** Lets time pass. */
  pass(seconds: number): this {
    const until = after(this.#now, ms(Math.round(seconds * 1000)));
    for (;;) {
      const [next] = this.#events.toSorted((a, b) => a.at - b.at);
      const wake = nextWake(this.#state);
      const at = Math.min(next?.at ?? Infinity, wake) as Instant;
      if (at > until) break;
      this.#now = Math.max(this.#now, at) as Instant;
      if (next !== undefined && next.at <= wake) {
        this.#events = this.#events.filter((event) => event !== next);
        this.tell(next.input());
      } else this.tell({ kind: 'tick' });
    }
    this.#now = until;
    return this;
  }

  tell(input: Input): this {
    this.steps += 1;
    const [state, effects] = step(this.#state, this.#now, input);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    return this;
  }

  /** Writes the configuration file. */
  write(file: string): this {
    this.#file = file;
    return this;
  }

  /** Somebody else changes the table. */
  meddle(...commands: readonly Command[]): this {
    for (const command of commands) this.#apply(command);
    return this;
  }

  /** From now on the kernel refuses commands whose line begins like one of these. */
  refuse(...starts: readonly string[]): this {
    this.#refusals = starts;
    return this;
  }

  /** From now on the kernel accepts such commands and does nothing. */
  ignore(...starts: readonly string[]): this {
    this.#ignored = starts;
    return this;
  }

  get kernel(): ObservedTable {
    return this.#kernel;
  }

  /** The servers of a service as `address:port weight`, in the order of the file that added them last. */
  servers(id: string): readonly string[] | undefined {
    return this.#kernel
      .get(id)
      ?.destinations.map(({ address, port, weight }) => `${address}:${port} ${weight}`);
  }

  get isStopped(): boolean {
    return this.#state.phase === 'stopped';
  }

  /** What happened since it was asked last. */
  said(): string {
    const text = this.#transcript.join('\n');
    this.#transcript = [];
    return `\n${text}\n`;
  }

  #say(text: string): void {
    this.#transcript.push(`+${(this.#now / 1000).toFixed(3)} ${text}`);
  }

  #later(wait: Duration, input: () => Input, run?: number): void {
    this.#events.push({ at: after(this.#now, wait), input, ...(run === undefined ? {} : { run }) });
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'log':
        this.#say(`log ${effect.text}`);
        break;
      case 'start-check': {
        const { run, spec } = effect;
        this.checks.push(`+${(this.#now / 1000).toFixed(3)} ${specText(spec)}`);
        const answer = this.#answers.get(addressOf(spec)) ?? 'down';
        const wait = answer === 'hangs' ? timeLimit(spec) : checkTime;
        this.#later(wait, () => ({ kind: 'check-result', run, outcome: outcomeOf(answer) }), run);
        break;
      }
      case 'cancel-check':
        this.#events = this.#events.filter(({ run }) => run !== effect.run);
        this.#say('cancels a check');
        break;
      case 'read-table':
        this.#later(ms(0), () => ({ kind: 'table-read', table: this.#shown() }));
        break;
      case 'program-table': {
        const lines = effect.commands.map((command) => ipvsadmArguments(command).join(' '));
        this.#say(`ipvsadm ${effect.oneByOne ? 'one by one' : '-R'}: ${lines.join('; ')}`);
        this.#later(programmingTime, () => {
          const result = this.#program(effect.commands, effect.oneByOne);
          return { kind: 'table-programmed', table: this.#shown(), result };
        });
        break;
      }
      case 'look-at-config':
        this.#later(ms(0), () => ({ kind: 'config-seen', text: this.#file }));
        break;
      case 'load-config':
        this.#later(ms(0), () => loaded(this.#file));
        break;
      case 'append-monitor':
        this.#say(
          `monitor ${effect.path}: ${effect.realId} ${effect.isUp ? 'up' : 'down'} ${effect.message}`,
        );
        break;
      case 'run-callback':
        this.#say(`runs ${effect.command} ${effect.configFile}`);
        break;
      case 'run-fallback-command':
        this.#say(`runs ${effect.command} ${effect.action} ${effect.virtual} ${effect.protocol}`);
        break;
      case 'run-instance':
        this.#say(`runs instance ${effect.name} ${effect.action}`);
        break;
      case 'ready':
        this.#say(['ready', ...effect.failures].join(', '));
        break;
      case 'exit':
        this.#say([`exit ${effect.code}`, ...effect.reasons].join(', '));
        break;
      default:
        effect satisfies never;
    }
  }

  #program(commands: readonly Command[], oneByOne: boolean): ProgramResult {
    const results = commands.map((command) => this.#apply(command));
    if (oneByOne) return { kind: 'one-by-one', results };
    const errors = results.filter(({ ok }) => !ok).map(({ text }) => text);
    return { kind: 'batch', ok: errors.length === 0, text: errors.join('\n') };
  }

  #apply(command: Command): { readonly ok: boolean; readonly text: string } {
    const line = ipvsadmArguments(command).join(' ');
    if (this.#refusals.some((begin) => line.startsWith(begin)))
      return { ok: false, text: 'Memory allocation problem' };
    if (this.#ignored.some((begin) => line.startsWith(begin))) return { ok: true, text: '' };
    const applied = applyCommand(this.#kernel, command);
    if (!applied.ok) return { ok: false, text: applied.error };
    this.#kernel = applied.table;
    return { ok: true, text: '' };
  }

  /** The table as /proc/net/ip_vs shows it. */
  #shown(): ObservedTable {
    return new Map(
      [...this.#kernel].map(([key, service]) => [
        key,
        {
          ...service,
          schedulerFlags: undefined,
          persistence: service.persistence && {
            ...service.persistence,
            ticks: (service.persistence.seconds ?? 0) * ticksPerSecond,
            seconds: undefined,
          },
          destinations: service.destinations.map((destination) => ({
            ...destination,
            thresholds: undefined,
          })),
        },
      ]),
    );
  }
}

function readable(file: string): Config {
  const input = loaded(file);
  if (input.kind === 'config-refused') throw new Error(input.notes.join('\n'));
  return input.config;
}

function loaded(text: string): Input & { readonly kind: 'config-loaded' | 'config-refused' } {
  const parsed = parseConfig(text, 'ha.cf');
  if (parsed.ok) return { kind: 'config-loaded', config: parsed.config, text, notes: [] };
  return {
    kind: 'config-refused',
    text,
    notes: parsed.problems.map((problem) => renderProblem(problem, 'error')),
  };
}

function outcomeOf(answer: Answer) {
  if (answer === 'up') return up('200 OK');
  if (answer === 'maintenance') return { verdict: 'maintenance', message: 'Server in maintenance' } as const;
  return down(answer === 'hangs' ? 'Connection timed out' : 'Connection refused');
}

function addressOf(spec: CheckSpec): string {
  return spec.kind === 'external' ? (spec.args[2] ?? '') : spec.address;
}

function specText(spec: CheckSpec): string {
  switch (spec.kind) {
    case 'negotiate':
      return `${spec.service} ${spec.address}:${spec.port}${spec.request}`;
    case 'connect':
      return `connect ${spec.address}:${spec.port}`;
    case 'ping':
      return `ping ${spec.address}`;
    case 'external':
      return [spec.command, ...spec.args].join(' ');
    default:
      return spec satisfies never;
  }
}
