/**
 * From what is written to what it means: defaults, what a section inherits, and the rules that span
 * several directives. Global directives hold for the whole file, also for sections above them.
 */
import { s } from '../../time.ts';
import { forcedPort } from '../table/forced-port.ts';
import type { globalDirectives, virtualDirectives, Written, WrittenValue } from './directives.ts';
import {
  alertStates,
  type Config,
  type EmailAlert,
  type Fallback,
  type RealServer,
  type VirtualService,
  virtualId,
  virtualPort,
} from './model.ts';
import type { Position } from './problem.ts';
import { type Complaints, last } from './read-directives.ts';
import type { ServerLine } from './server-line.ts';
import { serviceOfPort } from './service-ports.ts';
import { effectiveTimeouts } from './timeouts.ts';
import type { VirtualLine } from './virtual-line.ts';

export type WrittenGlobals = Written<typeof globalDirectives>;
export type WrittenBody = Written<typeof virtualDirectives>;

export interface WrittenSection {
  readonly family: 'ipv4' | 'ipv6';
  readonly line: number;
  readonly column: number;
  readonly header: VirtualLine;
  readonly body: WrittenBody;
}

const defaultCheckInterval = 10;

/** The model of a file, with complaints about directives that contradict each other. */
export function buildConfig(
  file: string,
  globals: WrittenGlobals,
  sections: readonly WrittenSection[],
  complaints: Complaints,
): Config {
  const virtuals: VirtualService[] = [];
  for (const section of sections) {
    const virtual = buildVirtual(file, globals, section, complaints);
    // One host name can stand for an address of each family.
    const first = virtuals.find(
      (other) => virtualId(other) === virtualId(virtual) && other.family === virtual.family,
    );
    if (first !== undefined) {
      const text = `found a duplicate virtual server, ${virtualId(virtual)}; the first is in line ${first.at.line}`;
      complaints.error(section.line, section.column, text);
    }
    virtuals.push(virtual);
  }
  const maintenance = last(globals.maintenancedir);
  return {
    file,
    checkInterval: s(last(globals.checkinterval)?.value ?? defaultCheckInterval),
    autoReload: last(globals.autoreload)?.value ?? false,
    ...optional('callback', last(globals.callback)?.value),
    ...optional('logTarget', last(globals.logfile)?.value),
    execute: (globals.execute ?? []).map(({ value }) => value),
    fork: last(globals.fork)?.value ?? false,
    supervised: last(globals.supervised)?.value ?? false,
    readdQuiescent: last(globals.readdquiescent)?.value ?? false,
    ...optional('emailAlertFrom', last(globals.emailalertfrom)?.value),
    ...optional(
      'maintenanceDirectory',
      maintenance && { path: maintenance.value, at: valuePosition(file, maintenance) },
    ),
    virtuals,
  };
}

function buildVirtual(
  file: string,
  globals: WrittenGlobals,
  section: WrittenSection,
  complaints: Complaints,
): VirtualService {
  const { family, header, body } = section;
  const port = virtualPort(header);
  const monitor = last(body.monitorfile);
  const persistent = last(body.persistent)?.value;
  const fallback = buildFallback(file, globals, section, complaints);
  const service = last(body.service)?.value ?? serviceOfPort(port);
  const virtual: VirtualService = {
    at: { file, line: section.line, column: section.column },
    family,
    address: header.address,
    protocol: buildProtocol(section, complaints),
    realServers: buildRealServers(file, section, complaints),
    ...optional('fallback', fallback),
    ...optional('fallbackCommand', (last(body.fallbackcommand) ?? last(globals.fallbackcommand))?.value),
    scheduler: last(body.scheduler)?.value ?? 'wrr',
    ...optional(
      'persistence',
      persistent === undefined
        ? undefined
        : { seconds: persistent, ...optional('netmask', last(body.netmask)?.value) },
    ),
    ...optional('schedulerFlags', last(body.schedflags)?.value),
    onePacket: last(body.ops)?.value ?? false,
    checkType: last(body.checktype)?.value ?? { kind: 'negotiate' },
    service,
    checkCommand: last(body.checkcommand)?.value ?? '/bin/true',
    ...optional('checkPort', last(body.checkport)?.value),
    request: withLeadingSlash(last(body.request)?.value ?? '/'),
    receive: last(body.receive)?.value ?? '',
    httpMethod: last(body.httpmethod)?.value ?? 'GET',
    ...optional('virtualHost', last(body.virtualhost)?.value),
    ...optional('login', last(body.login)?.value),
    ...optional('password', last(body.passwd)?.value),
    ...optional('database', last(body.database)?.value),
    ...optional('secret', last(body.secret)?.value),
    ...optional('load', last(body.load)?.value),
    ...effectiveTimeouts(
      { checkTimeout: last(body.checktimeout)?.value, negotiateTimeout: last(body.negotiatetimeout)?.value },
      {
        checkTimeout: last(globals.checktimeout)?.value,
        negotiateTimeout: last(globals.negotiatetimeout)?.value,
      },
    ),
    checkInterval: s(buildCheckInterval(globals, body, complaints)),
    checkCount: (last(body.checkcount) ?? last(globals.checkcount))?.value ?? 1,
    failureCount: (last(body.failurecount) ?? last(globals.failurecount))?.value ?? 1,
    quiescent: (last(body.quiescent) ?? last(globals.quiescent))?.value ?? false,
    cleanStop: (last(body.cleanstop) ?? last(globals.cleanstop))?.value ?? true,
    ...optional('emailAlert', buildEmailAlert(globals, body)),
    ...optional('monitorFile', monitor && { path: monitor.value, at: valuePosition(file, monitor) }),
    ...optional('serviceName', last(body.servicename)?.value),
    ...optional('comment', last(body.comment)?.value),
  };
  complainOfContradictions(virtual, section, complaints);
  return virtual;
}

function buildProtocol(section: WrittenSection, complaints: Complaints): VirtualService['protocol'] {
  const { header } = section;
  const written = last(section.body.protocol);
  if (written === undefined || written.value === header.protocol) return header.protocol;
  if (header.address.kind === 'address' && written.value !== 'fwm') return written.value;
  const allowed = header.address.kind === 'mark' ? 'fwm for a firewall mark' : 'tcp or udp for address:port';
  complaints.error(
    written.line,
    written.valueColumn,
    `protocol: found "${written.value}"; allowed: ${allowed}`,
  );
  return header.protocol;
}

function buildRealServers(
  file: string,
  section: WrittenSection,
  complaints: Complaints,
): readonly RealServer[] {
  const servers: RealServer[] = [];
  const entries = [
    ...(section.body.real ?? []).map((written) => ({ written, family: 'ipv4' as const, name: 'real' })),
    ...(section.body.real6 ?? []).map((written) => ({ written, family: 'ipv6' as const, name: 'real6' })),
  ].sort((a, b) => a.written.line - b.written.line);
  for (const { written, family, name } of entries) {
    const { value, line, column, valueColumn } = written;
    if (family !== section.family && value.forwarding !== 'tun') {
      // The kernel joins the two families of addresses only through a tunnel.
      const header = section.family === 'ipv4' ? 'virtual' : 'virtual6';
      complaints.error(line, column, `found ${name} in a ${header} section; allowed: with ipip only`);
      continue;
    }
    for (const address of value.addresses) {
      const server = realServer({ file, line, column: valueColumn }, family, address, value);
      const first = servers.find((other) => tableEntry(section, other) === tableEntry(section, server));
      if (first === undefined) servers.push(server);
      else complaints.warning(line, valueColumn, sameEntryText(section, first, server));
    }
  }
  return servers;
}

function realServer(at: Position, family: 'ipv4' | 'ipv6', address: string, line: ServerLine): RealServer {
  const { addresses: _, request, ...rest } = line;
  return {
    at,
    family,
    address,
    ...rest,
    ...optional(
      'request',
      request === undefined || /^[a-z]+:\/\//.test(request) ? request : withLeadingSlash(request),
    ),
  };
}

function tableEntry(section: WrittenSection, server: RealServer): string {
  return `${server.address} ${forcedPort(section.header.address, server)}`;
}

function sameEntryText(section: WrittenSection, first: RealServer, second: RealServer): string {
  const port = forcedPort(section.header.address, second);
  const why =
    port === second.port ? '' : `; its port becomes ${port}, as it must be that of the virtual service`;
  return `${second.address} is already the real server of line ${first.at.line}, which is used${why}`;
}

function buildFallback(
  file: string,
  globals: WrittenGlobals,
  section: WrittenSection,
  complaints: Complaints,
): Fallback | undefined {
  const { family, body } = section;
  const [name, otherName] =
    family === 'ipv4' ? (['fallback', 'fallback6'] as const) : (['fallback6', 'fallback'] as const);
  const other = last(body[otherName]);
  if (other !== undefined) {
    complaints.warning(
      other.line,
      other.column,
      `${otherName} has no effect here; ${name} is the one for this section`,
    );
  }
  const written = last(body[name]) ?? last(globals[name]);
  if (written === undefined) return undefined;
  const [address = '', ...more] = written.value.addresses;
  if (more.length > 0)
    complaints.error(written.line, written.valueColumn, `${name}: found a range; allowed: one address`);
  const { port, forwarding } = written.value;
  return { at: valuePosition(file, written), family, address, port, forwarding };
}

function buildCheckInterval(globals: WrittenGlobals, body: WrittenBody, complaints: Complaints): number {
  const own = last(body.checkinterval);
  const isForking = last(globals.fork)?.value ?? false;
  if (own !== undefined && isForking) return own.value;
  if (own !== undefined) {
    complaints.warning(own.line, own.column, 'checkinterval in a section has no effect without fork = yes');
  }
  return last(globals.checkinterval)?.value ?? defaultCheckInterval;
}

function buildEmailAlert(globals: WrittenGlobals, body: WrittenBody): EmailAlert | undefined {
  const to = (last(body.emailalert) ?? last(globals.emailalert))?.value;
  if (to === undefined) return undefined;
  return {
    to,
    repeat: s((last(body.emailalertfreq) ?? last(globals.emailalertfreq))?.value ?? 0),
    states: (last(body.emailalertstatus) ?? last(globals.emailalertstatus))?.value ?? alertStates,
    ...optional('smtpHost', (last(body.smtp) ?? last(globals.smtp))?.value),
  };
}

function complainOfContradictions(
  virtual: VirtualService,
  section: WrittenSection,
  complaints: Complaints,
): void {
  const { body } = section;
  const netmask = last(body.netmask);
  if (netmask !== undefined) {
    const isPrefix = /^\d+$/.test(netmask.value);
    if (isPrefix !== (virtual.family === 'ipv6')) {
      const allowed = virtual.family === 'ipv6' ? '1 to 128' : 'a dotted quad such as 255.255.255.0';
      complaints.error(
        netmask.line,
        netmask.valueColumn,
        `netmask: found "${netmask.value}"; allowed: ${allowed}`,
      );
    } else if (virtual.persistence === undefined) {
      complaints.warning(netmask.line, netmask.column, 'netmask has no effect without persistent');
    }
  }
  const ops = last(body.ops);
  if (ops?.value === true && virtual.protocol === 'tcp') {
    complaints.warning(ops.line, ops.column, 'ops has no effect for tcp');
  }
  const { kind } = virtual.checkType;
  if (virtual.service === 'none' && (kind === 'negotiate' || kind === 'combined')) {
    const text = `no service is known for port ${virtualPort(virtual)}, so negotiate finds every real server up; write service or checktype`;
    if (body.service === undefined) complaints.warning(section.line, section.column, text);
  }
  if ((kind === 'external' || kind === 'external-perl') && body.checkcommand === undefined) {
    const text = `checktype ${kind} without checkcommand runs ${virtual.checkCommand}, which finds every real server up`;
    complaints.warning(section.line, section.column, text);
  }
}

function withLeadingSlash(request: string): string {
  return request.startsWith('/') ? request : `/${request}`;
}

function valuePosition(file: string, written: WrittenValue<unknown>): Position {
  return { file, line: written.line, column: written.valueColumn };
}

/** A property that is left out when it has no value. */
function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]?: Value });
}
