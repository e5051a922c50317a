import { describe, expect, test } from 'vitest';
import { readConnections } from './connections.ts';
import { changesTable, readIpvsadmCommands, readRules } from './ipvsadm-command.ts';
import { readStatistics } from './statistics.ts';
import { formatEndpoint, readIpVs, readListing, structureOf } from './table.ts';
import { readTimeouts } from './timeouts.ts';

// Texts as Linux 6.1 and ipvsadm 1.31 wrote them.
const ipVs = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  CB007150:0050 rr  
  -> CB007116:0050      Route   1      0          16        
  -> CB007115:0050      Route   2      3          0         
UDP  CB007150:0035 wlc ops 
FWM  00000064 wlc persistent 600 FFFFFF00
  -> CB007115:0000      Masq    1      0          0         
TCP  CB007150:01BB sh persistent 360 FFFFFFFF
  -> 7F000001:01BB      Local   1      0          0         
`;

const listing = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  203.0.113.80:8000 sh (sh-fallback,sh-port)
  -> 203.0.113.21:8000            Tunnel  1      0          0         
  -> 203.0.113.22:8000            Route   65535  0          7         
FWM  100 wlc persistent 600 mask 255.255.255.0
`;

describe('the table', () => {
  test('of /proc/net/ip_vs', () => {
    const { services } = readIpVs(ipVs);
    expect(
      services.map(({ protocol, scheduler, isPersistent, isOnePacket, ...endpoint }) => [
        protocol,
        formatEndpoint(endpoint),
        scheduler,
        isPersistent,
        isOnePacket,
      ]),
    ).toEqual([
      ['tcp', '203.0.113.80:80', 'rr', false, false],
      ['udp', '203.0.113.80:53', 'wlc', false, true],
      ['fwmark', '0.0.0.100:0', 'wlc', true, false],
      ['tcp', '203.0.113.80:443', 'sh', true, false],
    ]);
    expect(
      services[0]!.destinations.map(({ method, weight, active, inactive, ...place }) => [
        formatEndpoint(place),
        method,
        weight,
        active,
        inactive,
      ]),
    ).toEqual([
      ['203.0.113.22:80', 'dr', 1, 0, 16],
      ['203.0.113.21:80', 'dr', 2, 3, 0],
    ]);
    expect(services.slice(2).map(({ destinations }) => destinations[0]?.method)).toEqual(['nat', 'local']);
  });

  test('of ipvsadm -L -n', () => {
    const { services } = readListing(listing);
    expect(services[0]).toMatchObject({ protocol: 'tcp', port: 8000, scheduler: 'sh' });
    expect(services[0]!.destinations.map(({ method, weight }) => [method, weight])).toEqual([
      ['tun', 1],
      ['dr', 65535],
    ]);
    expect(services[1]).toMatchObject({ protocol: 'fwmark', address: 100 });
  });

  test('has the same structure whatever its counters say', () => {
    expect(structureOf(readIpVs(ipVs))).toBe(structureOf(readIpVs(ipVs.replace('16        ', '17        '))));
    expect(structureOf(readIpVs(ipVs))).not.toBe(
      structureOf(readIpVs(ipVs.replace('Route   1', 'Route   0'))),
    );
  });

  test('of nothing and of nonsense is empty', () => {
    for (const text of [
      '',
      'cat: /proc/net/ip_vs: No such file',
      '  -> CB007116:0050 Route 1 0 16',
      'TCP  zz rr',
    ]) {
      expect(readIpVs(text).services).toEqual([]);
    }
  });
});

test('connection entries, without those of IPv6', () => {
  const text = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP CB00710A A34E CB007150 0050 CB007116 0050 FIN_WAIT        118
UDP CB00710A A35C CB007150 0035 CB007115 0035 UDP             299
TCP [2001:0db8:0000:0000:0000:0000:0000:0001] A34E [2001:0db8:0000:0000:0000:0000:0000:0002] 0050 [2001:0db8:0000:0000:0000:0000:0000:0003] 0050 FIN_WAIT 118
`;
  expect(
    readConnections(text).map(({ protocol, client, destination, state, expires }) => [
      protocol,
      formatEndpoint(client),
      formatEndpoint(destination),
      state,
      expires,
    ]),
  ).toEqual([
    ['TCP', '203.0.113.10:41806', '203.0.113.22:80', 'FIN_WAIT', 118],
    ['UDP', '203.0.113.10:41820', '203.0.113.21:53', 'UDP', 299],
  ]);
});

test('statistics', () => {
  const text = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  203.0.113.80:80                    32      192        0    10816        0
  -> 203.0.113.21:80                    16       96        0     5408        0
FWM  7                                   1        2        3        4        5
`;
  const [web, mark] = readStatistics(text);
  expect(web).toMatchObject({ protocol: 'tcp', port: 80, connections: 32, packetsIn: 192, packetsOut: 0 });
  expect(web!.destinations).toMatchObject([{ connections: 16, bytesIn: 5408 }]);
  expect(mark).toMatchObject({ protocol: 'fwmark', address: 7, bytesOut: 5 });
});

test('timeouts', () => {
  expect(readTimeouts('Timeout (tcp tcpfin udp): 900 120 300\n')).toEqual({
    tcp: 900,
    tcpFin: 120,
    udp: 300,
  });
  expect(readTimeouts('IP Virtual Server')).toBeUndefined();
});

describe('ipvsadm commands', () => {
  const read = (line: string, input?: string) => readIpvsadmCommands(line.split(' '), input);

  test.for([
    ['ipvsadm -A -t 203.0.113.80:80 -s rr', { operation: 'add-service', scheduler: 'rr', namespace: '' }],
    [
      '/sbin/ipvsadm -a -t 203.0.113.80:80 -r 203.0.113.21 -g -w 0',
      { operation: 'add-server', weight: '0', method: 'dr' },
    ],
    [
      'ipvsadm --add-server --tcp-service=203.0.113.80:80 --real-server=203.0.113.21:8080 --masquerading',
      { operation: 'add-server', method: 'nat' },
    ],
    ['ip netns exec scratch ipvsadm -C', { operation: 'clear', namespace: 'scratch' }],
    ['ipvsadm -Ln --stats --exact', { operation: 'list' }],
    ['ipvsadm --set 100 20 30', { operation: 'set', timeouts: [100, 20, 30] }],
    ['ipvsadm -A -t 203.0.113.80:443 -p', { isPersistent: true, unknownOption: undefined }],
    [
      'ipvsadm -A -t 203.0.113.80:443 -p 300 -M 255.255.255.0',
      { isPersistent: true, unknownOption: undefined },
    ],
    ['ipvsadm -a -f 7 -r 203.0.113.21 -x 10 -y 20', { upperThreshold: 10, lowerThreshold: 20 }],
    ['ipvsadm --status', { operation: undefined, unknownOption: '--status' }],
    ['ipvsadm --stop-daemon master', { operation: 'stop-daemon', unknownOption: undefined }],
  ] as const)('%s', ([line, expected]) => {
    expect(read(line)).toMatchObject([expected]);
  });

  test("a server without a port has the service's", () => {
    expect(read('ipvsadm -a -t 203.0.113.80:80 -r 203.0.113.21')[0]?.server).toMatchObject({ port: 80 });
    expect(read('ipvsadm -a -t 203.0.113.80:80 -r 203.0.113.21:8080')[0]?.server).toMatchObject({
      port: 8080,
    });
  });

  test('in a line of the shell', () => {
    const [save, clear, restore] = readIpvsadmCommands([
      'sh',
      '-c',
      'ipvsadm -S -n > /tmp/x; ipvsadm -C && ipvsadm -R < /tmp/x',
    ]);
    expect([save, clear, restore].map((command) => command?.operation)).toEqual(['save', 'clear', 'restore']);
    const inNamespace = ['ip', 'netns', 'exec', 'scratch', 'sh', '-c', 'ipvsadm -C'];
    expect(readIpvsadmCommands(inNamespace)).toMatchObject([{ operation: 'clear', namespace: 'scratch' }]);
  });

  test('that read rules are those rules when it is known what they read', () => {
    const rules = '-A -t 203.0.113.80:80 -s rr\n-a -t 203.0.113.80:80 -r 203.0.113.21:80 -g -w 1\n';
    expect(read('ipvsadm -R', rules).map(({ operation }) => operation)).toEqual([
      'add-service',
      'add-server',
    ]);
    expect(readRules('', rules)).toEqual(read('ipvsadm -R', rules));
  });

  test('that change the table, and other programs', () => {
    expect(read('ipvsadm -R').every(changesTable)).toBe(true);
    expect(read('ipvsadm -L -n').some(changesTable)).toBe(false);
    expect(read('ipvsadm-save')).toEqual([]);
    expect(read('ping -c 1 203.0.113.80')).toEqual([]);
  });
});
