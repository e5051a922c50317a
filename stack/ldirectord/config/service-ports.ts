import type { CheckService } from './model.ts';

/** The protocol a port number implies when a section has no `service =`. */
const serviceByPort: ReadonlyMap<number, CheckService> = new Map([
  [21, 'ftp'],
  [25, 'smtp'],
  [53, 'dns'],
  [80, 'http'],
  [110, 'pop'],
  [119, 'nntp'],
  [143, 'imap'],
  [389, 'ldap'],
  [443, 'https'],
  [587, 'submission'],
  [636, 'ldaps'],
  [993, 'imaps'],
  [995, 'pops'],
  [1521, 'oracle'],
  [1812, 'radius'],
  [3128, 'http_proxy'],
  [3306, 'mysql'],
  [5060, 'sip'],
  [5432, 'pgsql'],
]);

/** The service checked on `port` unless the section names one; `none` for ports that imply nothing. */
export function serviceOfPort(port: number): CheckService {
  return serviceByPort.get(port) ?? 'none';
}

/** The port a service is checked on when neither the section nor the real server names one. */
export function portOfService(service: CheckService): number | undefined {
  for (const [port, name] of serviceByPort) if (name === service) return port;
  return undefined;
}
