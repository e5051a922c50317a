import { expect, test } from 'vitest';
import { ipvsadmArguments } from './command.ts';
import type { DestinationSettings, ServiceName, ServiceSettings } from './table.ts';

const tcp: ServiceName = {
  protocol: 'tcp',
  family: 'ipv4',
  address: { kind: 'address', address: '192.0.2.80', port: 80 },
};
const udp6: ServiceName = {
  protocol: 'udp',
  family: 'ipv6',
  address: { kind: 'address', address: '2001:db8::80', port: 53 },
};
const mark: ServiceName = { protocol: 'fwm', family: 'ipv4', address: { kind: 'mark', mark: 7 } };
const mark6: ServiceName = { ...mark, family: 'ipv6' };

const plain: ServiceSettings = {
  scheduler: 'wrr',
  persistence: undefined,
  onePacket: false,
  schedulerFlags: '',
};
const server: DestinationSettings = { forwarding: 'dr', weight: 1, thresholds: { lower: 0, upper: 0 } };
const owner = { role: 'real', label: 'x' } as const;
const at = { address: '198.51.100.2', port: 8080 };

const line = (command: Parameters<typeof ipvsadmArguments>[0]) => ipvsadmArguments(command).join(' ');

test.for([
  [tcp, plain, '-A -t 192.0.2.80:80 -s wrr'],
  [udp6, { ...plain, onePacket: true }, '-A -u [2001:db8::80]:53 -o -s wrr'],
  [mark, plain, '-A -f 7 -s wrr'],
  [mark6, plain, '-A -f 7 -6 -s wrr'],
  [
    tcp,
    { ...plain, persistence: { seconds: 300, netmask: '255.255.255.255' } },
    '-A -t 192.0.2.80:80 -s wrr -p 300',
  ],
  [
    tcp,
    { ...plain, persistence: { seconds: 300, netmask: '255.255.0.0' }, schedulerFlags: 'flag-1' },
    '-A -t 192.0.2.80:80 -s wrr -p 300 -M 255.255.0.0 -b flag-1',
  ],
  [mark6, { ...plain, persistence: { seconds: 9, netmask: '64' } }, '-A -f 7 -6 -s wrr -p 9 -M 64'],
  [mark6, { ...plain, persistence: { seconds: 9, netmask: '128' } }, '-A -f 7 -6 -s wrr -p 9'],
] as const)('a service is entered with %#: %s', ([service, settings, expected]) => {
  expect(line({ kind: 'add-service', service, settings })).toBe(expected);
  expect(line({ kind: 'edit-service', service, settings, visibility: 'visible' })).toBe(
    expected.replace('-A', '-E'),
  );
});

test.for([
  [{ ...server }, '-x 0 -y 0 -r 198.51.100.2:8080 -g -w 1'],
  [{ ...server, forwarding: 'nat', weight: 0 }, '-x 0 -y 0 -r 198.51.100.2:8080 -m -w 0'],
  [
    { ...server, forwarding: 'tun', thresholds: { lower: 3, upper: 9 } },
    '-x 9 -y 3 -r 198.51.100.2:8080 -i -w 1',
  ],
] as const)('a server is entered with %#: %s', ([settings, expected]) => {
  const command = { service: tcp, destination: at, settings, owner } as const;
  expect(line({ kind: 'add-destination', ...command })).toBe(`-a -t 192.0.2.80:80 ${expected}`);
  expect(line({ kind: 'edit-destination', ...command, visibility: 'visible' })).toBe(
    `-e -t 192.0.2.80:80 ${expected}`,
  );
});

test('what goes is only named', () => {
  expect(line({ kind: 'delete-destination', service: tcp, destination: at, owner })).toBe(
    '-d -t 192.0.2.80:80 -r 198.51.100.2:8080',
  );
  expect(line({ kind: 'delete-service', service: mark6 })).toBe('-D -f 7 -6');
});

test('an IPv6 server stands in brackets', () => {
  const destination = { address: '2001:db8::2', port: 53 };
  expect(line({ kind: 'delete-destination', service: udp6, destination, owner })).toBe(
    '-d -u [2001:db8::80]:53 -r [2001:db8::2]:53',
  );
});
