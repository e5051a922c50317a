import { withPort } from '../address.ts';
import { type Forwarding, virtualName } from '../config/model.ts';
import { defaultNetmask } from './netmask.ts';
import type { DestinationName, DestinationSettings, ServiceName, ServiceSettings } from './table.ts';

/** Who an entry belongs to: the configuration as real server or fallback, or nobody it knows. */
export interface Owner {
  readonly role: 'real' | 'fallback' | 'foreign';
  /** `address:port` as configured, or as in the table for what is not. */
  readonly label: string;
}

/** Why a service is changed though nothing visible differs is not worth a log line. */
export type Visibility = 'visible' | 'refresh';

/** One change of the kernel's table. */
export type Command =
  | { readonly kind: 'add-service'; readonly service: ServiceName; readonly settings: ServiceSettings }
  | {
      readonly kind: 'edit-service';
      readonly service: ServiceName;
      readonly settings: ServiceSettings;
      readonly visibility: Visibility;
    }
  | { readonly kind: 'delete-service'; readonly service: ServiceName }
  | {
      readonly kind: 'add-destination';
      readonly service: ServiceName;
      readonly destination: DestinationName;
      readonly settings: DestinationSettings;
      readonly owner: Owner;
    }
  | {
      readonly kind: 'edit-destination';
      readonly service: ServiceName;
      readonly destination: DestinationName;
      readonly settings: DestinationSettings;
      readonly owner: Owner;
      readonly visibility: Visibility;
    }
  | {
      readonly kind: 'delete-destination';
      readonly service: ServiceName;
      readonly destination: DestinationName;
      readonly owner: Owner;
    };

const forwardingFlags: Readonly<Record<Forwarding, string>> = { dr: '-g', nat: '-m', tun: '-i' };

/** The arguments of ipvsadm for one command; joined by blanks, also a line for `ipvsadm -R`. */
export function ipvsadmArguments(command: Command): readonly string[] {
  const service = serviceArguments(command.service);
  switch (command.kind) {
    case 'add-service':
      return ['-A', ...service, ...settingsArguments(command.service, command.settings)];
    case 'edit-service':
      return ['-E', ...service, ...settingsArguments(command.service, command.settings)];
    case 'delete-service':
      return ['-D', ...service];
    case 'add-destination':
      return ['-a', ...service, ...destinationArguments(command)];
    case 'edit-destination':
      return ['-e', ...service, ...destinationArguments(command)];
    case 'delete-destination':
      return ['-d', ...service, '-r', withPort(command.destination.address, command.destination.port)];
    default:
      return command satisfies never;
  }
}

const protocolFlags = { tcp: '-t', udp: '-u', sctp: '--sctp-service', fwm: '-f' } as const;

function serviceArguments(name: ServiceName): readonly string[] {
  const isMark6 = name.address.kind === 'mark' && name.family === 'ipv6';
  return [protocolFlags[name.protocol], virtualName(name), ...(isMark6 ? ['-6'] : [])];
}

function settingsArguments(name: ServiceName, settings: ServiceSettings): readonly string[] {
  const { persistence } = settings;
  const args = settings.onePacket ? ['-o'] : [];
  args.push('-s', settings.scheduler);
  if (persistence !== undefined) {
    args.push('-p', String(persistence.seconds));
    if (persistence.netmask !== defaultNetmask(name.family)) args.push('-M', persistence.netmask);
  }
  if (settings.schedulerFlags !== '') args.push('-b', settings.schedulerFlags);
  return args;
}

function destinationArguments(command: {
  readonly destination: DestinationName;
  readonly settings: DestinationSettings;
}): readonly string[] {
  const { destination, settings } = command;
  const { lower, upper } = settings.thresholds;
  // Always written: an edit without them sets both to 0, and so does this one when they are 0.
  const thresholds = ['-x', String(upper), '-y', String(lower)];
  const target = withPort(destination.address, destination.port);
  return [...thresholds, '-r', target, forwardingFlags[settings.forwarding], '-w', String(settings.weight)];
}
