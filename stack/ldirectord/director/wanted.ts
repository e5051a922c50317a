/** The table that the configuration asks for, given which real servers are up. */
import { withPort } from '../address.ts';
import {
  type Config,
  type Fallback,
  type RealServer,
  type VirtualService,
  virtualId,
} from '../config/model.ts';
import { forcedPort } from '../table/forced-port.ts';
import { defaultNetmask } from '../table/netmask.ts';
import type {
  DestinationName,
  ServiceName,
  WantedDestination,
  WantedService,
  WantedTable,
} from '../table/table.ts';
import { type ServerState, type State, serverId } from './state.ts';

/** While stopping, every service goes whose section allows it; the others are left as they are. */
export function wantedTable(state: State): WantedTable {
  const { config } = state;
  if (state.phase === 'stopping' || state.phase === 'stopped') {
    const going = config.virtuals.filter(({ cleanStop }) => cleanStop).map(removalOf);
    return { services: [], removed: [...going, ...state.removed] };
  }
  const services = config.virtuals.map((virtual) => wantedService(config, virtual, state.servers));
  return { services, removed: state.removed };
}

/** A service as something to delete. */
export function removalOf(virtual: VirtualService): WantedTable['removed'][number] {
  const { fallback } = virtual;
  return { name: serviceName(virtual), fallback: fallback && destinationName(virtual, fallback) };
}

/** No real server is up, and the section wants its fallback then. */
export function needsFallback(virtual: VirtualService, servers: ReadonlyMap<string, ServerState>): boolean {
  // The manual: with `off` neither real servers nor the fallback are used. (The original uses the fallback.)
  if (virtual.checkType.kind === 'off') return false;
  return !virtual.realServers.some((server) => servers.get(serverId(virtual, server))?.isUp);
}

function wantedService(
  config: Config,
  virtual: VirtualService,
  servers: ReadonlyMap<string, ServerState>,
): WantedService {
  const { scheduler, persistence, schedulerFlags, onePacket, protocol, family, fallback } = virtual;
  const real = virtual.realServers.map((server) =>
    wantedRealServer(config, virtual, server, servers.get(serverId(virtual, server))),
  );
  const isNeeded = needsFallback(virtual, servers);
  return {
    name: serviceName(virtual),
    scheduler,
    persistence: persistence && { netmask: defaultNetmask(family), ...persistence },
    // The kernel schedules single packets of UDP, and of the UDP part of a mark.
    onePacket: onePacket && protocol !== 'tcp',
    schedulerFlags: schedulerFlags ?? '',
    destinations: fallback === undefined ? real : [...real, wantedFallback(virtual, fallback, isNeeded)],
  };
}

function wantedRealServer(
  config: Config,
  virtual: VirtualService,
  server: RealServer,
  state: ServerState | undefined,
): WantedDestination {
  const isUp = state?.isUp ?? false;
  const isQuiesced = !isUp && virtual.quiescent && virtual.checkType.kind !== 'off';
  const mayEnter = isUp || config.readdQuiescent || !state?.wasEntered;
  return {
    ...destinationName(virtual, server),
    forwarding: server.forwarding,
    weight: isUp ? server.weight : 0,
    thresholds: { lower: server.lowerThreshold, upper: server.upperThreshold },
    role: 'real',
    label: serverLabel(virtual, server),
    presence: isUp || isQuiesced ? (mayEnter ? 'present' : 'if-present') : 'absent',
  };
}

function wantedFallback(virtual: VirtualService, fallback: Fallback, isNeeded: boolean): WantedDestination {
  return {
    ...destinationName(virtual, fallback),
    forwarding: fallback.forwarding,
    weight: 1,
    thresholds: { lower: 0, upper: 0 },
    role: 'fallback',
    label: serverLabel(virtual, fallback),
    presence: isNeeded ? 'present' : 'absent',
  };
}

/** `address:port` as written, or with the port it gets when none is. */
export function serverLabel(virtual: VirtualService, server: RealServer | Fallback): string {
  return withPort(server.address, server.port !== 0 ? server.port : forcedPort(virtual.address, server));
}

function destinationName(virtual: VirtualService, server: RealServer | Fallback): DestinationName {
  return { address: server.address, port: forcedPort(virtual.address, server) };
}

function serviceName(virtual: VirtualService): ServiceName {
  const { protocol, family, address } = virtual;
  return { protocol, family, address };
}

/** Ids of the virtual services of a configuration. */
export function virtualIds(config: Config): ReadonlySet<string> {
  return new Set(config.virtuals.map(virtualId));
}
