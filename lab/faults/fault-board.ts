import { LabError } from '../errors.ts';
import { unknownName } from '../wires/nearest-name.ts';
import type { Fault, FaultGround, Injected, NodePart, PreparedFault } from './fault.ts';
import type { FaultKind, Request } from './fault-kind.ts';
import { faultKinds } from './fault-kinds.ts';

type Kinds = typeof faultKinds;

/** One typed method for each kind: `faults.block('lan', { from: 'web1', towards: 'client' })`. */
export type FaultMethods = {
  readonly [Name in keyof Kinds]: (...args: Parameters<Kinds[Name]['specOf']>) => Promise<Fault>;
};

/** A fault as data: `{ fault: 'block', wire: 'lan', from: 'web1' }`. */
export type FaultSpec = {
  [Name in keyof Kinds]: { readonly fault: Kinds[Name]['name'] } & NonNullable<Kinds[Name]['spec']>;
}[keyof Kinds];

/** The faults of one lab. */
export type Faults = FaultBoard & FaultMethods;

/**
 * A request that makes no sense rejects with `LAB_USAGE` and everything that is wrong with it; a fault that the
 * lab fails to inject rejects with the lab's own error, and then nothing of it is left.
 */
export function openFaults(ground: FaultGround): Faults {
  const board = new FaultBoard(ground);
  const methods = Object.entries(faultKinds as Readonly<Record<string, FaultKind>>).map(([method, kind]) => [
    method,
    (...args: readonly never[]) => board.inject({ fault: kind.name, ...kind.specOf(...args) } as FaultSpec),
  ]);
  return Object.assign(board, Object.fromEntries(methods) as FaultMethods);
}

interface ActiveFault extends Fault {
  readonly kind: string;
  readonly prepared: PreparedFault;
  readonly injected: Injected;
}

const kindsByName: ReadonlyMap<string, FaultKind> = new Map(
  Object.values(faultKinds).map((kind) => [kind.name, kind as FaultKind]),
);

/** Injects and heals, one at a time in the order asked, and writes both into the trace. */
export class FaultBoard {
  readonly #ground: FaultGround;
  readonly #active: ActiveFault[] = [];
  #lastId = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ground: FaultGround) {
    this.#ground = ground;
  }

  /** Faults at work, the oldest first. */
  get active(): readonly Fault[] {
    return [...this.#active];
  }

  /** The fault, if any, that keeps a node from executing. */
  stopping(node: string): { readonly fault: Fault; readonly takes: 'power' | 'execution' } | undefined {
    const fault = this.#active.find(
      ({ prepared }) => prepared.node?.name === node && prepared.node.takes !== undefined,
    );
    const takes = fault?.prepared.node?.takes;
    return fault === undefined || takes === undefined ? undefined : { fault, takes };
  }

  /** A fault as words of a command line: its name, then its parameters. */
  injectWords([name = '', ...words]: readonly string[]): Promise<Fault> {
    const request = kindsByName.get(name)?.read(words) ?? { spec: {}, labels: {}, problems: [] };
    return this.#inTurn(() => this.#inject(name, request));
  }

  inject({ fault, ...spec }: FaultSpec): Promise<Fault> {
    return this.#inTurn(() => this.#inject(fault, { spec, labels: {}, problems: [] }));
  }

  heal(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const fault = this.#active.find((active) => active.id === id);
      if (fault !== undefined) return this.#heal(fault);
      const known = this.#active.map((active) => active.id);
      throw new LabError(
        'LAB_USAGE',
        known.length === 0
          ? `no fault is active, so there is no "${id}"`
          : unknownName('active fault', id, known),
      );
    });
  }

  /** The last first. Goes on when one cannot be healed: the first error is the one thrown, the others follow it. */
  healAll(): Promise<void> {
    return this.#inTurn(async () => {
      const errors: unknown[] = [];
      for (const fault of this.#active.toReversed())
        await this.#heal(fault).catch((error) => errors.push(error));
      const [first, ...later] = errors;
      if (first === undefined) return;
      throw later.reduce((suppressed, error) => new SuppressedError(error, suppressed), first);
    });
  }

  async #inject(name: string, request: Request): Promise<Fault> {
    const prepared = this.#prepare(name, request);
    const { description, node } = prepared;
    if (node !== undefined) this.#mustHave(node);
    const twin = this.#active.find(
      ({ kind, prepared: { claim } }) => kind === name && claim !== undefined && claim === prepared.claim,
    );
    if (twin !== undefined) throw new LabError('LAB_USAGE', `${twin.description} already: fault ${twin.id}`);
    this.#lastId += 1;
    const id = `f${this.#lastId}`;
    const before = this.#ground.trace.clock.now();
    const injected = await prepared.inject(this.#ground, id);
    const injectedAt = injected.atNs ?? before;
    const heal = () =>
      this.#inTurn(async () => {
        if (this.#active.includes(fault)) await this.#heal(fault);
      });
    const fault: ActiveFault = { id, description, injectedAt, heal, kind: name, prepared, injected };
    this.#ground.trace.add({ kind: 'fault', at: injectedAt, id, change: 'start', description });
    if (node?.takes === 'power') this.#endWithPower(node.name, injectedAt);
    this.#active.push(fault);
    return fault;
  }

  #prepare(name: string, request: Request): PreparedFault {
    const kind = kindsByName.get(name);
    if (kind === undefined)
      throw new LabError('LAB_USAGE', unknownName('fault', name, [...kindsByName.keys()]));
    const prepared = kind.prepare(request, this.#ground.plan);
    if ('problems' in prepared)
      throw new LabError('LAB_USAGE', prepared.problems.map((text) => `${name}: ${text}`).join('\n'));
    return prepared;
  }

  #mustHave({ name, needs }: NodePart): void {
    const stopped = this.stopping(name);
    if (stopped !== undefined && (needs === 'execution' || stopped.takes === 'power')) {
      const { id, description } = stopped.fault;
      throw new LabError('LAB_USAGE', `${description} (fault ${id}): heal that first`, { node: name });
    }
    if (!this.#ground.node(name).machine.hasPower) {
      throw new LabError(
        'LAB_NOT_RUNNING',
        `${name} has no power, and no fault took it: its machine ended by itself`,
        {
          node: name,
          evidence: [`nodes/${name}/console.log`],
        },
      );
    }
  }

  async #heal(fault: ActiveFault): Promise<void> {
    const { node } = fault.prepared;
    const stopped = node === undefined ? undefined : this.stopping(node.name);
    if (node?.needs === 'execution' && node.takes === undefined && stopped?.takes === 'execution') {
      const { id, description } = stopped.fault;
      throw new LabError(
        'LAB_USAGE',
        `fault ${fault.id} cannot be healed while ${description}: heal ${id} first`,
      );
    }
    const atNs = await fault.injected.heal();
    this.#end(fault, atNs ?? this.#ground.trace.clock.now());
  }

  /** The plug takes with it what lived in the machine's memory. */
  #endWithPower(node: string, at: number): void {
    for (const fault of [...this.#active]) {
      if (fault.prepared.node?.name === node && fault.prepared.node.endsWithPower) this.#end(fault, at);
    }
  }

  #end(fault: ActiveFault, at: number): void {
    this.#active.splice(this.#active.indexOf(fault), 1);
    this.#ground.trace.add({
      kind: 'fault',
      at,
      id: fault.id,
      change: 'end',
      description: fault.description,
    });
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
