import { describe, expect, test } from 'vitest';
import { s } from '../../time.ts';
import { parseConfig } from '../config/parse.ts';
import { checkKey, checkPlan } from './check-plan.ts';

function plans(text: string) {
  const parsed = parseConfig(text, 'ha.cf');
  if (!parsed.ok) throw new Error('not readable');
  const { config } = parsed;
  return config.virtuals.flatMap((virtual) =>
    virtual.realServers.map((server) => checkPlan(config, virtual, server)),
  );
}

const planOf = (head: string, ...body: readonly string[]) =>
  plans([head, ...body.map((line) => `\t${line}`)].join('\n'))[0];

describe('the port of a check', () => {
  test.for([
    ['virtual = 192.0.2.80:80', 'real = 198.51.100.2:8080 gate', [], 8080],
    ['virtual = 192.0.2.80:80', 'real = 198.51.100.2:8080 masq', ['checkport = 9000'], 9000],
    ['virtual = 192.0.2.80:8081', 'real = 198.51.100.2 gate', ['service = http'], 8081],
    ['virtual = 7', 'real = 198.51.100.2:8080 gate', ['service = http'], 8080],
    ['virtual = 7', 'real = 198.51.100.2 gate', ['service = https'], 443],
    ['virtual = 7', 'real = 198.51.100.2 gate', [], 0],
  ] as const)('%s, %s, %j: %i', ([head, real, more, port]) => {
    expect(planOf(head, real, 'checktype = connect', ...more)?.steps).toMatchObject({ spec: { port } });
  });
});

describe('what is asked', () => {
  test('is the section request and receive, or the server own', () => {
    const own = 'real = 198.51.100.2 gate "own", "MINE"';
    expect(
      planOf('virtual = 192.0.2.80:80', 'real = 198.51.100.2 gate', 'request = "all"')?.steps,
    ).toMatchObject({
      spec: { request: '/all', receive: '' },
    });
    expect(planOf('virtual = 192.0.2.80:80', own, 'request = "all"', 'receive = "ALL"')?.steps).toMatchObject(
      {
        spec: { request: '/own', receive: 'MINE' },
      },
    );
  });

  test('has the limit of its kind', () => {
    const limits = ['checktimeout = 2', 'negotiatetimeout = 3'];
    const steps = planOf(
      'virtual = 192.0.2.80:80',
      'real = 198.51.100.2 gate',
      'checktype = 4',
      ...limits,
    )?.steps;
    expect(steps).toMatchObject({ connect: { timeout: s(2) }, negotiate: { timeout: s(3) }, connects: 4 });
  });

  test('is nothing for on and off', () => {
    for (const type of ['on', 'off']) {
      expect(
        planOf('virtual = 192.0.2.80:80', 'real = 198.51.100.2 gate', `checktype = ${type}`),
      ).toBeUndefined();
    }
  });

  test('looks for maintenance where the file says so', () => {
    const file = 'maintenancedir = /etc/down\nvirtual = 192.0.2.80:80\n\treal = 198.51.100.2:8080 gate\n';
    expect(plans(file)[0]?.maintenance).toEqual({
      directory: '/etc/down',
      address: '198.51.100.2',
      port: 8080,
    });
  });
});

describe('two servers share a check', () => {
  const keys = (first: string, second: string) => {
    const file = `virtual = 192.0.2.80:80\n\treal = 198.51.100.2 gate\n\t${first}\nvirtual = 192.0.2.81:80\n\treal = 198.51.100.2 masq 5\n\t${second}\n`;
    return plans(file).map((plan) => plan && checkKey(plan));
  };

  test('whatever their weights and ways of forwarding', () => {
    const [a, b] = keys('scheduler = rr', 'scheduler = wlc');
    expect(a).toBe(b);
  });

  test.for([
    ['request = "a"'],
    ['receive = "a"'],
    ['virtualhost = a'],
    ['httpmethod = HEAD'],
    ['checkport = 81'],
    ['checktype = connect'],
    ['negotiatetimeout = 7'],
    ['login = "a"'],
  ])('but not when one has %s', ([directive = '']) => {
    const [a, b] = keys(directive, 'scheduler = wlc');
    expect(a).not.toBe(b);
  });
});
