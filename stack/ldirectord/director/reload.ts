/** From one configuration to the next, and from nothing to the first. */
import type { Instant } from '../../time.ts';
import { type Config, type RealServer, type VirtualService, virtualId } from '../config/model.ts';
import { forcedPort } from '../table/forced-port.ts';
import { destinationKey, type ObservedDestination, type ObservedTable } from '../table/table.ts';
import type { Effect } from './effect.ts';
import { program } from './programming.ts';
import { tellFallbackCommands } from './results.ts';
import { abandonedRuns, scheduleChecks } from './schedule.ts';
import { adopted, unchecked } from './server-health.ts';
import { type ServerState, type State, serverId } from './state.ts';
import { removalOf, virtualIds } from './wanted.ts';

/** Puts a configuration in force. Servers that were there before keep their health. */
export function adoptConfig(state: State, now: Instant, config: Config): readonly [State, readonly Effect[]] {
  const ids = virtualIds(config);
  const dropped = state.config.virtuals.filter((virtual) => !ids.has(virtualId(virtual))).map(removalOf);
  const pending = state.removed.filter(({ name }) => !ids.has(virtualId(name)));
  const checks = scheduleChecks(config, state.checks, now);
  const [next, tellings] = tellFallbackCommands({
    ...state,
    config,
    servers: initialServers(config, state.servers, state.knowledge.table),
    checks,
    removed: [...pending, ...dropped],
    failing: new Map(),
    toldFallback: new Map([...state.toldFallback].filter(([id]) => ids.has(id))),
  });
  const effects: readonly Effect[] = [
    ...abandonedRuns(state.checks, checks),
    ...tellings,
    ...instanceEffects(state, config),
  ];
  if (next.work.kind !== 'idle') return [{ ...next, programAt: now }, effects];
  const [last, writing] = program(next);
  return [last, [...effects, ...writing]];
}

/**
 * The servers of a configuration. One that has no state yet is up when it serves in the table already:
 * its clients must not notice that the daemon was away.
 */
export function initialServers(
  config: Config,
  before: ReadonlyMap<string, ServerState>,
  table: ObservedTable,
): ReadonlyMap<string, ServerState> {
  const servers = new Map<string, ServerState>();
  for (const virtual of config.virtuals) {
    for (const server of virtual.realServers) {
      const id = serverId(virtual, server);
      servers.set(id, initialServer(virtual, server, before.get(id), table));
    }
  }
  return servers;
}

function initialServer(
  virtual: VirtualService,
  server: RealServer,
  before: ServerState | undefined,
  table: ObservedTable,
): ServerState {
  const entry = tableEntry(virtual, server, table);
  const wasEntered = entry !== undefined;
  const { kind } = virtual.checkType;
  if (kind === 'on') return { isUp: true, failures: 0, wasEntered };
  if (kind === 'off') return { isUp: false, failures: 0, wasEntered };
  if (before !== undefined) return before;
  return { ...(entry !== undefined && entry.weight > 0 ? adopted : unchecked), wasEntered };
}

/** Notes which servers have their entry. */
export function noteEntries(state: State): State {
  const servers = new Map(state.servers);
  for (const virtual of state.config.virtuals) {
    for (const server of virtual.realServers) {
      const id = serverId(virtual, server);
      const health = servers.get(id);
      if (health === undefined || health.wasEntered) continue;
      const wasEntered = tableEntry(virtual, server, state.knowledge.table) !== undefined;
      if (wasEntered) servers.set(id, { ...health, wasEntered });
    }
  }
  return { ...state, servers };
}

function tableEntry(
  virtual: VirtualService,
  server: RealServer,
  table: ObservedTable,
): ObservedDestination | undefined {
  const key = destinationKey({ address: server.address, port: forcedPort(virtual.address, server) });
  const service = table.get(virtualId(virtual));
  return service?.destinations.find((destination) => destinationKey(destination) === key);
}

function instanceEffects(state: State, config: Config): readonly Effect[] {
  if (state.phase !== 'running') return [];
  const before = new Set(state.config.execute);
  const now = new Set(config.execute);
  const gone = [...before].filter((name) => !now.has(name));
  return [
    ...gone.map((name): Effect => ({ kind: 'run-instance', name, action: 'stop' })),
    ...[...now].map(
      (name): Effect => ({ kind: 'run-instance', name, action: before.has(name) ? 'reload' : 'start' }),
    ),
  ];
}
