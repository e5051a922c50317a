import { type Duration, s } from '../../time.ts';

/** Everything of the machine that the program touches by name. */
export interface Settings {
  readonly ipvsadm: string;
  /** The kernel's table as text; a missing file is an empty table. */
  readonly procIpVs: string;
  readonly ping: string;
  /** Hands lines to syslog. */
  readonly logger: string;
  /** For pid files. */
  readonly runDirectory: string;
  /** Used when the configuration names no log. */
  readonly logFile: string;
  /** Searched for configurations in this order, before the name is taken as a path. */
  readonly configDirectories: readonly string[];
  /** How long `start` waits for the first table. */
  readonly startLimit: Duration;
  /** How long `stop` waits for the daemon to go. */
  readonly stopLimit: Duration;
}

/** Where things are on Debian. */
export const debianSettings: Settings = {
  ipvsadm: '/sbin/ipvsadm',
  procIpVs: '/proc/net/ip_vs',
  ping: '/bin/ping',
  logger: '/usr/bin/logger',
  runDirectory: '/var/run',
  logFile: '/var/log/ldirectord.log',
  configDirectories: ['/etc/ha.d', '/etc/ha.d/conf'],
  startLimit: s(60),
  stopLimit: s(30),
};
