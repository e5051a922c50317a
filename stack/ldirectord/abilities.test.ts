import { expect, test } from 'vitest';
import { missingAbilities } from './abilities.ts';
import { parseConfig } from './config/parse.ts';

function missing(...lines: readonly string[]) {
  const parsed = parseConfig(lines.join('\n'), 'ha.cf');
  if (!parsed.ok) throw new Error('not readable');
  const { problems, warnings } = missingAbilities(parsed.config);
  return [...problems, ...warnings].map(({ at, text }) => `${at.line}: ${text}`);
}

const section = (...body: readonly string[]) =>
  missing('virtual = 192.0.2.80:80', '    real = 198.51.100.2 gate', ...body.map((line) => `    ${line}`));

test('a service that cannot be checked is named', () => {
  expect(section('service = oracle')).toMatchInlineSnapshot(`
    [
      "1: found service oracle, which this program cannot negotiate yet; allowed: http, https, http_proxy, none, or checktype connect",
    ]
  `);
  expect(section('service = oracle', 'checktype = 5')).toHaveLength(1);
});

test('a service implied by its port is no exception', () => {
  expect(missing('virtual = 192.0.2.80:1521')).toHaveLength(1);
});

test('a service that is not negotiated may be any', () => {
  expect(section('service = oracle', 'checktype = connect')).toEqual([]);
  expect(section('service = oracle', 'checktype = off')).toEqual([]);
});

test.for(['http', 'https', 'http_proxy', 'none'])('%s can be checked', (service) => {
  expect(section(`service = ${service}`)).toEqual([]);
});

test('external-perl is named', () => {
  expect(section('checktype = external-perl', 'checkcommand = /bin/true')).toMatchInlineSnapshot(`
    [
      "1: found checktype external-perl, which this program cannot run; allowed: external",
    ]
  `);
});

test('a check without port is named at the real server', () => {
  const lines = ['virtual = 7', '    real = 198.51.100.2 gate', '    real = 198.51.100.3:80 gate'];
  expect(missing(...lines, '    checktype = connect')).toMatchInlineSnapshot(`
    [
      "2: found no port to check; allowed: a port here, checkport or service in the section",
    ]
  `);
  expect(missing(...lines, '    checktype = connect', '    checkport = 80')).toEqual([]);
  expect(missing(...lines, '    checktype = ping')).toEqual([]);
  expect(missing(...lines, '    service = http')).toEqual([]);
});

test('mail that will not be sent is worth a warning', () => {
  expect(missing('emailalert = root@example.com', 'virtual = 7', 'virtual = 8')).toMatchInlineSnapshot(`
    [
      "2: emailalert is understood, but this program sends no mail",
    ]
  `);
});
