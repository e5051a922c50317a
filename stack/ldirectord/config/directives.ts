/**
 * Every directive of ldirectord.cf with how its value is read. The grammar itself (sections, indentation,
 * comments) is in sections.ts; defaults and what depends on several directives are in build.ts.
 */
import { ipv4Number } from '../address.ts';
import { alertStates, type CheckType, checkServices, checkTypeNames, type LogTarget } from './model.ts';
import { nearestHint } from './nearest-name.ts';
import { perlRegex } from './perl-regex.ts';
import { fallbackReader, realServerReader } from './server-line.ts';
import {
  maybeQuoted,
  oneOf,
  quote,
  quoted,
  type Reader,
  read,
  refuse,
  someText,
  wholeNumber,
  word,
  yesOrNo,
} from './value-readers.ts';

/** Timers fire at most 2^31 - 1 ms ahead; this is the whole seconds of that. */
const secondsMost = 2147483;

const seconds = wholeNumber('seconds', 1, secondsMost);
const times = wholeNumber('a count', 1);

const emailAddresses: Reader<readonly string[]> = (text) => {
  const unquoted = /^"(.*)"$/.exec(text)?.[1] ?? text;
  const addresses = unquoted.split(/[\s,]+/).filter((part) => part !== '');
  const wrong = addresses.find((address) => !/^[^\s@"]+(@[^\s@"]+)?$/.test(address));
  if (wrong !== undefined)
    return refuse(text.indexOf(wrong), `found ${quote(wrong)}; allowed: a mail address`);
  return addresses.length === 0
    ? refuse(0, 'found nothing; allowed: mail addresses between commas')
    : read(addresses);
};

type AlertState = (typeof alertStates)[number];

const alertStateList: Reader<readonly AlertState[]> = (text) => {
  const names = ['all', 'none', ...alertStates];
  const states: AlertState[] = [];
  const words = [...text.matchAll(/[^\s,]+/g)];
  if (words.length === 0) return refuse(0, `found nothing; allowed: ${names.join(', ')}`);
  for (const match of words) {
    const name = match[0];
    const state = alertStates.find((known) => known === name);
    if (state !== undefined) states.push(state);
    else if (name === 'all') states.push(...alertStates);
    else if (name !== 'none') {
      return refuse(
        match.index,
        `found ${quote(name)}; allowed: ${names.join(', ')}${nearestHint(name, names)}`,
      );
    } else if (words.length > 1) {
      return refuse(match.index, 'found none beside other states; allowed: none alone');
    }
  }
  return read(alertStates.filter((state) => states.includes(state)));
};

const logTarget: Reader<LogTarget> = (text) => {
  const reading = quoted('a path or a syslog facility')(text);
  if (!reading.ok) return reading;
  if (reading.value.startsWith('/')) return read({ kind: 'file', path: reading.value });
  if (/^[a-z]+[0-7]?$/.test(reading.value)) return read({ kind: 'syslog', facility: reading.value });
  return refuse(1, `found ${quote(reading.value)}; allowed: a path that begins with / or a syslog facility`);
};

const checkType: Reader<CheckType> = (text) => {
  if (/^\d+$/.test(text)) return read({ kind: 'combined', connects: Number(text) });
  const kind = checkTypeNames.find((name) => name === text);
  if (kind !== undefined) return read({ kind });
  const allowed = `${checkTypeNames.join(', ')} or a number`;
  return refuse(0, `found ${quote(text)}; allowed: ${allowed}${nearestHint(text, checkTypeNames)}`);
};

/** Refused here and not at the first check: a check that can never succeed would look like a dead server. */
const regex: Reader<string> = (text) => {
  const reading = quoted('a regular expression')(text);
  if (!reading.ok) return reading;
  const compiled = perlRegex(reading.value);
  return compiled.ok ? reading : refuse(1, compiled.text);
};

const netmask: Reader<string> = (text) => {
  const isPrefix = /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 128;
  const bits = ipv4Number(text);
  // Contiguous ones from the left: the complement plus one is a power of two.
  const isMask = bits !== undefined && bits !== 0 && (~bits & (~bits + 1)) === 0;
  if (isPrefix || isMask) return read(text);
  return refuse(0, `found ${quote(text)}; allowed: a netmask such as 255.255.255.0, or 1 to 128 for IPv6`);
};

/** Directives of the file's top level that a section may override. */
const inheritedDirectives = {
  checktimeout: seconds,
  negotiatetimeout: seconds,
  checkcount: times,
  failurecount: times,
  checkinterval: seconds,
  fallback: fallbackReader('ipv4'),
  fallback6: fallbackReader('ipv6'),
  fallbackcommand: someText('a command'),
  quiescent: yesOrNo,
  emailalert: emailAddresses,
  emailalertfreq: wholeNumber('seconds', 0, secondsMost),
  emailalertstatus: alertStateList,
  cleanstop: yesOrNo,
  smtp: word('a host name or address', /[0-9A-Za-z._+:-]+/),
};

export const globalDirectives = {
  ...inheritedDirectives,
  autoreload: yesOrNo,
  callback: quoted('a path'),
  logfile: logTarget,
  execute: someText('the name of a configuration'),
  fork: yesOrNo,
  supervised: yesOrNo,
  readdquiescent: yesOrNo,
  emailalertfrom: word('a mail address', /[^\s"]+/),
  maintenancedir: someText('a directory'),
};

export const virtualDirectives = {
  ...inheritedDirectives,
  real: realServerReader('ipv4'),
  real6: realServerReader('ipv6'),
  checktype: checkType,
  service: oneOf(checkServices),
  checkcommand: maybeQuoted('a path'),
  checkport: wholeNumber('a port', 1, 65535),
  request: quoted('a request'),
  receive: regex,
  httpmethod: oneOf(['GET', 'HEAD']),
  virtualhost: maybeQuoted('a host name'),
  login: quoted('a login'),
  passwd: quoted('a password'),
  database: quoted('a database'),
  secret: quoted('a secret'),
  load: quoted('a load'),
  scheduler: word('a scheduler, lower case letters only', /[a-z]+/),
  persistent: wholeNumber('seconds', 1, secondsMost),
  netmask,
  schedflags: word('flags between commas', /[A-Za-z0-9-]+(,[A-Za-z0-9-]+)*/),
  protocol: oneOf(['tcp', 'udp', 'fwm']),
  ops: yesOrNo,
  monitorfile: maybeQuoted('a path'),
  servicename: someText('a name'),
  comment: someText('a text'),
};

/** Names that say what to write instead. */
export const retiredDirectives: Readonly<Record<string, string>> = {
  connecttimeout: 'checktimeout and negotiatetimeout',
  timeout: 'checktimeout and negotiatetimeout',
};

/** Directives that may stand several times in one place. */
export const repeatableDirectives: readonly string[] = ['execute', 'real', 'real6'];

type ValueOf<Table, Name extends keyof Table> = Table[Name] extends Reader<infer Value> ? Value : never;

/** Everything a section, or the top level, says: for each directive its values in file order. */
export type Written<Table> = {
  readonly [Name in keyof Table]?: readonly WrittenValue<ValueOf<Table, Name>>[];
};

export interface WrittenValue<Value> {
  readonly value: Value;
  readonly line: number;
  /** Of the directive's name. */
  readonly column: number;
  readonly valueColumn: number;
}
