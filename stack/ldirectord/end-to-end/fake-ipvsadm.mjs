/**
 * Stands in for ipvsadm and the kernel where there is no IPVS: keeps a table in a directory and shows it
 * in the format of /proc/net/ip_vs. Written apart from the code under test, from what ipvsadm 1.31 on
 * Linux 6.1 was seen to do.
 *
 *   node fake-ipvsadm.mjs DIRECTORY ARGUMENTS OF IPVSADM
 *
 *   DIRECTORY/ip_vs     the table as text
 *   DIRECTORY/table     the table
 *   DIRECTORY/calls     one line for each run: its arguments; indented below, what it read from its input
 *   DIRECTORY/refuse    lines that begin like one of these are refused, if the file exists
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const [directory = '.', ...args] = process.argv.slice(2);
const file = (name) => join(directory, name);

/** Whole or not at all: others read while this writes. */
function replace(name, text) {
  writeFileSync(file(`${name}.new`), text);
  renameSync(file(`${name}.new`), file(name));
}

/** The kernel takes one command at a time; a directory can be made only once. */
function lock() {
  for (;;) {
    try {
      return mkdirSync(file('lock'));
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

const isRestoring = args[0] === '-R';
const lines = isRestoring ? readFileSync(0, 'utf8').split('\n').filter(Boolean) : [args.join(' ')];
lock();
const services = existsSync(file('table')) ? JSON.parse(readFileSync(file('table'), 'utf8')) : [];
const refused = existsSync(file('refuse'))
  ? readFileSync(file('refuse'), 'utf8').split('\n').filter(Boolean)
  : [];

const ticksPerSecond = 250;

let exitCode = 0;
const call = [args.join(' '), ...(isRestoring ? lines.map((line) => `  ${line}`) : [])];
appendFileSync(file('calls'), `${call.join('\n')}\n`);
for (const line of lines) {
  const error = obey(line.split(/\s+/));
  exitCode = error === undefined ? 0 : 255;
  if (error !== undefined) process.stderr.write(`${error}\n`);
}
replace('ip_vs', shown());
replace('table', JSON.stringify(services));
rmdirSync(file('lock'));
process.exitCode = exitCode;

function obey(words) {
  if (refused.some((start) => words.join(' ').startsWith(start))) return 'Memory allocation problem';
  const [action, kind, address, ...options] = words;
  const option = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);
  const key = `${kind} ${address}`;
  const index = services.findIndex((service) => service.key === key);
  const service = services[index];
  switch (action) {
    case '-A':
    case '-E': {
      if (action === '-A' && service !== undefined) return 'Service already exists';
      if (action === '-E' && service === undefined) return 'No such service';
      const settings = {
        scheduler: option('-s') ?? 'wlc',
        persistent: option('-p'),
        netmask: option('-M') ?? '255.255.255.255',
        ops: options.includes('-o'),
      };
      if (service === undefined) services.push({ key, kind, address, ...settings, servers: [] });
      else Object.assign(service, settings);
      return undefined;
    }
    case '-D':
      if (service === undefined) return 'No such service';
      services.splice(index, 1);
      return undefined;
    case '-a':
    case '-e':
    case '-d': {
      if (service === undefined) return 'Service not defined';
      const method = ['-g', '-i', '-m'].find((flag) => options.includes(flag)) ?? '-g';
      const [host, port] = option('-r').split(':');
      const isForced = action !== '-d' && method !== '-m' && kind !== '-f';
      const target = `${host}:${isForced ? address.split(':')[1] : port}`;
      const place = service.servers.findIndex((server) => server.target === target);
      if (action === '-a' && place !== -1) return 'Destination already exists';
      if (action !== '-a' && place === -1) return 'No such destination';
      const server = { target, method, weight: option('-w') ?? '1' };
      if (action === '-a') service.servers.unshift(server);
      else if (action === '-e') service.servers[place] = server;
      else service.servers.splice(place, 1);
      return undefined;
    }
    default:
      return `${action}: unknown option`;
  }
}

function shown() {
  const methods = { '-g': 'Route', '-i': 'Tunnel', '-m': 'Masq' };
  const names = { '-t': 'TCP', '-u': 'UDP', '-f': 'FWM' };
  const out = [
    'IP Virtual Server version 1.2.1 (size=4096)',
    'Prot LocalAddress:Port Scheduler Flags',
    '  -> RemoteAddress:Port Forward Weight ActiveConn InActConn',
  ];
  for (const { kind, address, scheduler, persistent, netmask, ops, servers } of services) {
    const name = kind === '-f' ? hex(Number(address), 8) : hexEndpoint(address);
    const flags =
      persistent === undefined ? '' : `persistent ${persistent * ticksPerSecond} ${hexAddress(netmask)}`;
    out.push(`${names[kind]}  ${name} ${scheduler} ${ops ? 'ops ' : ''} ${flags}`);
    for (const { target, method, weight } of servers) {
      out.push(
        `  -> ${hexEndpoint(target)}      ${methods[method].padEnd(7)} ${weight.padEnd(6)} 0          0         `,
      );
    }
  }
  return `${out.join('\n')}\n`;
}

function hex(value, width) {
  return value.toString(16).toUpperCase().padStart(width, '0');
}

function hexAddress(address) {
  return address
    .split('.')
    .map((octet) => hex(Number(octet), 2))
    .join('');
}

function hexEndpoint(text) {
  const [address, port] = text.split(':');
  return `${hexAddress(address)}:${hex(Number(port), 4)}`;
}
