import type { Duration } from '../../time.ts';
import { type Family, withPort } from '../address.ts';
import type { Position } from './problem.ts';

/** Every service that `service =` may name. */
export const checkServices = [
  'dns',
  'ftp',
  'http',
  'https',
  'http_proxy',
  'imap',
  'imaps',
  'ldap',
  'ldaps',
  'mysql',
  'nntp',
  'none',
  'oracle',
  'pgsql',
  'pop',
  'pops',
  'radius',
  'simpletcp',
  'sip',
  'smtp',
  'submission',
] as const;

export type CheckService = (typeof checkServices)[number];

/** Every `checktype =` that is a word; the other one is a number. */
export const checkTypeNames = [
  'connect',
  'negotiate',
  'ping',
  'off',
  'on',
  'external',
  'external-perl',
] as const;

/** `connects` connects follow each successful negotiate; 0 means every check is a negotiate. */
export type CheckType =
  | { readonly kind: (typeof checkTypeNames)[number] }
  | { readonly kind: 'combined'; readonly connects: number };

export type Forwarding = 'dr' | 'nat' | 'tun';

/** States in which a mail is sent. */
export const alertStates = ['starting', 'running', 'stopping', 'reloading'] as const;

export interface EmailAlert {
  readonly to: readonly string[];
  /** Rest between repeats while a real server stays down; 0 means none. */
  readonly repeat: Duration;
  readonly states: readonly (typeof alertStates)[number][];
  readonly smtpHost?: string;
}

/** A server an address and port lead to; the address may be a host name until `resolveNames` has run. */
export interface RealServer {
  readonly at: Position;
  readonly family: Family;
  readonly address: string;
  /** As written; 0 when the line names none. */
  readonly port: number;
  readonly forwarding: Forwarding;
  readonly weight: number;
  /** Overrides the section's request; a complete URL stays one. */
  readonly request?: string;
  /** Overrides the section's receive. */
  readonly receive?: string;
  /** Connections below which an overloaded server is used again; 0 is off. */
  readonly lowerThreshold: number;
  /** Connections above which the server gets no new ones; 0 is off. */
  readonly upperThreshold: number;
}

export interface Fallback {
  readonly at: Position;
  readonly family: Family;
  readonly address: string;
  /** 0 when the line names none: the virtual service's port is meant. */
  readonly port: number;
  readonly forwarding: Forwarding;
}

export type VirtualAddress =
  | { readonly kind: 'address'; readonly address: string; readonly port: number }
  | { readonly kind: 'mark'; readonly mark: number };

/** One `virtual =` section, with what it inherits from the global directives filled in. */
export interface VirtualService {
  readonly at: Position;
  readonly family: Family;
  readonly address: VirtualAddress;
  readonly protocol: 'tcp' | 'udp' | 'fwm';
  readonly realServers: readonly RealServer[];
  readonly fallback?: Fallback;
  readonly fallbackCommand?: string;
  readonly scheduler: string;
  /** Netmask as ipvsadm takes it: dotted quad for IPv4, prefix length for IPv6. */
  readonly persistence?: { readonly seconds: number; readonly netmask?: string };
  readonly schedulerFlags?: string;
  readonly onePacket: boolean;
  readonly checkType: CheckType;
  readonly service: CheckService;
  readonly checkCommand: string;
  readonly checkPort?: number;
  /** Begins with a slash. */
  readonly request: string;
  /** A regular expression in Perl's spelling; empty accepts anything. */
  readonly receive: string;
  readonly httpMethod: 'GET' | 'HEAD';
  readonly virtualHost?: string;
  readonly login?: string;
  readonly password?: string;
  readonly database?: string;
  readonly secret?: string;
  readonly load?: string;
  readonly checkTimeout: Duration;
  readonly negotiateTimeout: Duration;
  readonly checkInterval: Duration;
  readonly checkCount: number;
  readonly failureCount: number;
  readonly quiescent: boolean;
  readonly cleanStop: boolean;
  readonly emailAlert?: EmailAlert;
  readonly monitorFile?: { readonly path: string; readonly at: Position };
  readonly serviceName?: string;
  readonly comment?: string;
}

export type LogTarget =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'syslog'; readonly facility: string };

/** A whole configuration file. */
export interface Config {
  readonly file: string;
  readonly checkInterval: Duration;
  readonly autoReload: boolean;
  readonly callback?: string;
  /** Absent: the program's default log file. */
  readonly logTarget?: LogTarget;
  /** Names of configurations whose instances start, reload and stop with this one. */
  readonly execute: readonly string[];
  readonly fork: boolean;
  readonly supervised: boolean;
  readonly readdQuiescent: boolean;
  readonly emailAlertFrom?: string;
  readonly maintenanceDirectory?: { readonly path: string; readonly at: Position };
  readonly virtuals: readonly VirtualService[];
}

/** What tells one virtual service from another. */
export interface VirtualIdentity {
  readonly protocol: string;
  readonly family: Family;
  readonly address: VirtualAddress;
}

/** `tcp:192.0.2.80:80`, `fwm:7`, `fwm6:7`: the name of a virtual service in messages and as a key. */
export function virtualId(virtual: VirtualIdentity): string {
  const isMark6 = virtual.address.kind === 'mark' && virtual.family === 'ipv6';
  return `${virtual.protocol}${isMark6 ? '6' : ''}:${virtualName(virtual)}`;
}

/** `192.0.2.80:80` or the mark: a virtual service as the log prints it. */
export function virtualName(virtual: Pick<VirtualIdentity, 'address'>): string {
  const { address } = virtual;
  return address.kind === 'mark' ? String(address.mark) : withPort(address.address, address.port);
}

/** The port of a virtual service; 0 for a firewall mark, which stands for any. */
export function virtualPort(virtual: Pick<VirtualIdentity, 'address'>): number {
  return virtual.address.kind === 'mark' ? 0 : virtual.address.port;
}
