import type { Duration } from '../../time.ts';
import type { CheckSpec, ConnectSpec, NegotiateSpec, PingSpec } from '../checks/check.ts';
import { type Config, type RealServer, type VirtualService, virtualPort } from '../config/model.ts';
import { portOfService } from '../config/service-ports.ts';
import { forcedPort } from '../table/forced-port.ts';

/** Where an administrator can put a file that takes a server out of service. */
export interface Maintenance {
  readonly directory: string;
  readonly address: string;
  readonly port: number;
}

/** What is done to find out whether a real server is up, and how often. */
export interface CheckPlan {
  /** `combined`: `connects` connects follow each successful negotiate. */
  readonly steps:
    | { readonly kind: 'single'; readonly spec: CheckSpec }
    | {
        readonly kind: 'combined';
        readonly negotiate: CheckSpec;
        readonly connect: CheckSpec;
        readonly connects: number;
      };
  /** Rest between the end of a check and the start of the next. */
  readonly interval: Duration;
  readonly maintenance: Maintenance | undefined;
}

/** The plan for a real server, or `undefined` when its section says `on` or `off`. */
export function checkPlan(
  config: Config,
  virtual: VirtualService,
  server: RealServer,
): CheckPlan | undefined {
  const steps = stepsFor(virtual, server);
  if (steps === undefined) return undefined;
  const directory = config.maintenanceDirectory?.path;
  const maintenance =
    directory === undefined
      ? undefined
      : { directory, address: server.address, port: serverPort(virtual, server) };
  return { steps, interval: virtual.checkInterval, maintenance };
}

/** Equal keys mean that one check serves both real servers. */
export function checkKey(plan: CheckPlan): string {
  return JSON.stringify(plan);
}

/** The port a check goes to; 0 when nothing names one. */
export function checkedPort(virtual: VirtualService, server: RealServer): number {
  return virtual.checkPort ?? (serverPort(virtual, server) || (portOfService(virtual.service) ?? 0));
}

/** The port as written, or the virtual service's. */
function serverPort(virtual: VirtualService, server: RealServer): number {
  return server.port !== 0 ? server.port : forcedPort(virtual.address, server);
}

function stepsFor(virtual: VirtualService, server: RealServer): CheckPlan['steps'] | undefined {
  const { checkType } = virtual;
  switch (checkType.kind) {
    case 'on':
    case 'off':
      return undefined;
    case 'connect':
      return { kind: 'single', spec: connectSpec(virtual, server) };
    case 'ping':
      return { kind: 'single', spec: pingSpec(virtual, server) };
    case 'negotiate':
      return { kind: 'single', spec: negotiateSpec(virtual, server) };
    case 'external':
    case 'external-perl': {
      const { address } = virtual;
      const args = [
        address.kind === 'mark' ? String(address.mark) : address.address,
        String(virtualPort(virtual)),
        server.address,
        String(serverPort(virtual, server)),
      ];
      const spec = {
        kind: 'external',
        command: virtual.checkCommand,
        args,
        timeout: virtual.checkTimeout,
      } as const;
      return { kind: 'single', spec };
    }
    case 'combined':
      return {
        kind: 'combined',
        negotiate: negotiateSpec(virtual, server),
        connect: connectSpec(virtual, server),
        connects: checkType.connects,
      };
    default:
      return checkType satisfies never;
  }
}

/** UDP has nothing to connect to, so an answer to a ping must do. */
function connectSpec(virtual: VirtualService, server: RealServer): ConnectSpec | PingSpec {
  if (virtual.protocol === 'udp') return pingSpec(virtual, server);
  const port = checkedPort(virtual, server);
  return { kind: 'connect', address: server.address, port, timeout: virtual.checkTimeout };
}

function pingSpec(virtual: VirtualService, server: RealServer): PingSpec {
  const { address, family } = server;
  return { kind: 'ping', address, family, attempts: virtual.checkCount, timeout: virtual.checkTimeout };
}

function negotiateSpec(virtual: VirtualService, server: RealServer): NegotiateSpec {
  const { service, protocol, httpMethod, virtualHost, login, password, database, secret } = virtual;
  return {
    kind: 'negotiate',
    service,
    protocol,
    address: server.address,
    port: checkedPort(virtual, server),
    request: server.request ?? virtual.request,
    receive: server.receive ?? virtual.receive,
    httpMethod,
    ...(virtualHost === undefined ? {} : { virtualHost }),
    ...(login === undefined ? {} : { login }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    ...(secret === undefined ? {} : { secret }),
    timeout: virtual.negotiateTimeout,
  };
}
