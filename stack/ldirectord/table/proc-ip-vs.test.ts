import { describe, expect, test } from 'vitest';
import { parseProcIpVs } from './proc-ip-vs.ts';

/** Read from Linux 6.1.192 with a table entered by ipvsadm 1.31; addresses replaced. */
const fromKernel = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  C0000250:0050 wrr  persistent 75000 FFFFFF00
  -> C6336405:0050      Tunnel  65535  0          0         
  -> C6336403:0051      Masq    0      0          0         
  -> C6336403:0050      Masq    7      2          31        
UDP  C0000201:0035 sh ops  
SCTP  C000020A:0050 rr  
TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0050 rr persistent 1250 60000000
  -> C6336402:0050      Tunnel  1      0          0         
  -> [2001:0db8:0000:0000:0000:0000:0000:0002]:0050      Route   1      0          0         
FWM  00000007 mh persistent 15000 FFFFFFFF
  -> C6336403:0000      Route   1      0          0         
  -> 7F000001:0050      Local   1      0          0         
`;

const read = (text: string, ...ipv6Marks: number[]) => parseProcIpVs(text, new Set(ipv6Marks));

describe('the text of a kernel', () => {
  const table = read(fromKernel);

  test('holds every service', () => {
    expect([...table.keys()]).toEqual([
      'tcp:192.0.2.80:80',
      'udp:192.0.2.1:53',
      'sctp:192.0.2.10:80',
      'tcp:[2001:db8::1]:80',
      'fwm:7',
    ]);
  });

  test('tells how a service distributes', () => {
    expect(table.get('tcp:192.0.2.80:80')).toMatchObject({
      scheduler: 'wrr',
      onePacket: false,
      persistence: { ticks: 75000, netmask: '255.255.255.0', seconds: undefined },
      schedulerFlags: undefined,
    });
    expect(table.get('udp:192.0.2.1:53')).toMatchObject({
      scheduler: 'sh',
      onePacket: true,
      persistence: undefined,
    });
    expect(table.get('tcp:[2001:db8::1]:80')?.persistence).toMatchObject({ netmask: '96' });
  });

  test('lists servers newest first', () => {
    expect(table.get('tcp:192.0.2.80:80')?.destinations).toEqual([
      { address: '198.51.100.5', port: 80, forwarding: 'tun', weight: 65535, thresholds: undefined },
      { address: '198.51.100.3', port: 81, forwarding: 'nat', weight: 0, thresholds: undefined },
      { address: '198.51.100.3', port: 80, forwarding: 'nat', weight: 7, thresholds: undefined },
    ]);
  });

  test('mixes families in a tunnel', () => {
    expect(table.get('tcp:[2001:db8::1]:80')?.destinations.map(({ address }) => address)).toEqual([
      '198.51.100.2',
      '2001:db8::2',
    ]);
  });

  test('counts a local server as direct routing', () => {
    expect(table.get('fwm:7')?.destinations.map(({ forwarding, port }) => [forwarding, port])).toEqual([
      ['dr', 0],
      ['dr', 80],
    ]);
  });
});

describe('the family of a mark', () => {
  test.for([
    ['FWM  00000008 rr persistent 15000 40000000', 'fwm6:8'],
    ['FWM  00000008 rr persistent 15000 80000000', 'fwm6:8'],
    ['FWM  00000008 rr persistent 15000 FFFFFFFF', 'fwm:8'],
    ['FWM  00000008 rr persistent 15000 FFFF0000', 'fwm:8'],
    ['FWM  00000008 rr ', 'fwm:8'],
    [
      'FWM  00000008 rr \n  -> [2001:0db8:0000:0000:0000:0000:0000:0007]:0000      Route   1      0          0',
      'fwm6:8',
    ],
    ['FWM  FFFFFFFF rr ', 'fwm:4294967295'],
  ] as const)('%j is %s', ([text, key]) => {
    expect([...read(text).keys()]).toEqual([key]);
  });

  test('is the configured one where nothing tells', () => {
    expect([...read('FWM  00000008 rr ', 8).keys()]).toEqual(['fwm6:8']);
    expect([...read('FWM  00000008 rr persistent 15000 FFFFFFFF', 8).keys()]).toEqual(['fwm:8']);
  });
});

test('two entries of one mark are its two families', () => {
  const text = 'FWM  00000008 rr \nFWM  00000008 wlc \n';
  const schedulers = (...ipv6Marks: number[]) =>
    Object.fromEntries([...read(text, ...ipv6Marks)].map(([key, { scheduler }]) => [key, scheduler]));
  expect(schedulers(8)).toEqual({ 'fwm6:8': 'wlc', 'fwm:8': 'rr' });
  expect(schedulers()).toEqual({ 'fwm:8': 'wlc', 'fwm6:8': 'rr' });
});

describe('what is no table', () => {
  test.for([
    '',
    'IP Virtual Server version 1.2.1 (size=4096)',
    'TCP',
    'TCP  C0000250:0050',
    'TCP  C0000250 rr',
    'TCP  zzz:0050 rr',
    'FWM  zzz rr',
    '  -> C6336405:0050      Route   1      0          0',
  ])('%j holds no service', (text) => {
    expect(read(text).size).toBe(0);
  });

  test('a server line of unknown shape is left out', () => {
    const lines = [
      '-> C6336405:0050 Beamed 1 0 0',
      '-> C6336405 Route 1 0 0',
      '-> C6336405:0050 Route x 0 0',
      '->',
    ];
    const text = `TCP  C0000250:0050 rr\n${lines.map((line) => `  ${line}`).join('\n')}`;
    expect(read(text).get('tcp:192.0.2.80:80')?.destinations).toEqual([]);
  });
});
