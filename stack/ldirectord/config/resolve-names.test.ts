import { expect, test } from 'vitest';
import { parseConfig } from './parse.ts';
import { renderProblem } from './problem.ts';
import { hostNamesOf, nameKey, resolveNames } from './resolve-names.ts';

const text = `virtual = vip.example.com:80
    real = web1.example.com:8080 masq
    real = 198.51.100.3 gate
    fallback = sorry.example.com
virtual6 = vip.example.com:80
    real6 = web1.example.com gate
`;

function config(source: string) {
  const parsed = parseConfig(source, 'ha.cf');
  if (!parsed.ok) throw new Error('not readable');
  return parsed.config;
}

const addresses = new Map([
  [nameKey('vip.example.com', 'ipv4'), '192.0.2.80'],
  [nameKey('vip.example.com', 'ipv6'), '2001:db8::80'],
  [nameKey('web1.example.com', 'ipv4'), '198.51.100.2'],
  [nameKey('web1.example.com', 'ipv6'), '2001:db8::2'],
  [nameKey('sorry.example.com', 'ipv4'), '198.51.100.9'],
]);

test('names are listed with the family they need, addresses are not', () => {
  expect(
    hostNamesOf(config(text)).map(({ name, family, at }) => `${at.line} ${nameKey(name, family)}`),
  ).toEqual([
    '1 ipv4 vip.example.com',
    '2 ipv4 web1.example.com',
    '4 ipv4 sorry.example.com',
    '5 ipv6 vip.example.com',
    '6 ipv6 web1.example.com',
  ]);
});

test('each name is replaced by its address and nothing else changes', () => {
  const resolution = resolveNames(config(text), addresses);

  const addressed = text
    .replace('vip.example.com:80', '192.0.2.80:80')
    .replace('web1.example.com', '198.51.100.2')
    .replace('sorry.example.com', '198.51.100.9')
    .replace('vip.example.com', '[2001:db8::80]')
    .replace('web1.example.com', '[2001:db8::2]');
  expect(resolution).toEqual({ ok: true, config: config(addressed) });
});

test('names without address are told with their places', () => {
  const resolution = resolveNames(
    config(text),
    new Map([...addresses].filter(([key]) => !key.includes('web1'))),
  );
  expect(!resolution.ok && resolution.problems.map((problem) => renderProblem(problem, 'error'))).toEqual([
    'ha.cf:2:12: error: found host name "web1.example.com", which has no IPv4 address',
    'ha.cf:6:13: error: found host name "web1.example.com", which has no IPv6 address',
  ]);
});

test('two names of one address are one service', () => {
  const twice = config('virtual = vip.example.com:80\nvirtual = 192.0.2.80:80\n');
  const resolution = resolveNames(twice, addresses);
  expect(!resolution.ok && resolution.problems.map((problem) => renderProblem(problem, 'error'))).toEqual([
    'ha.cf:2:1: error: found a duplicate virtual server, tcp:192.0.2.80:80; the first is in line 1',
  ]);
});
