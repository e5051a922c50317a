import { describe, expect, test } from 'vitest';
import { ms, s } from '../../time.ts';
import type { Config, VirtualService } from './model.ts';
import { parseConfig } from './parse.ts';
import { renderProblem } from './problem.ts';

function parsed(text: string): { readonly config: Config; readonly warnings: readonly string[] } {
  const result = parseConfig(text, 'ldirectord.cf');
  if (!result.ok)
    throw new Error(result.problems.map((problem) => renderProblem(problem, 'error')).join('\n'));
  return {
    config: result.config,
    warnings: result.warnings.map((warning) => renderProblem(warning, 'warning')),
  };
}

function section(...body: readonly string[]): VirtualService {
  const [virtual] = parsed(['virtual = 192.0.2.80:80', ...body.map((line) => `    ${line}`)].join('\n'))
    .config.virtuals;
  if (virtual === undefined) throw new Error('no section');
  return virtual;
}

function sections(text: string): readonly VirtualService[] {
  return parsed(text).config.virtuals;
}

describe('the file', () => {
  test('an empty one has every default', () => {
    expect(parsed('').config).toEqual({
      file: 'ldirectord.cf',
      checkInterval: s(10),
      autoReload: false,
      execute: [],
      fork: false,
      supervised: false,
      readdQuiescent: false,
      virtuals: [],
    });
  });

  test('blanks around = do not matter', () => {
    expect(parsed('checkinterval=3').config.checkInterval).toBe(s(3));
    expect(parsed('checkinterval   =\t3').config.checkInterval).toBe(s(3));
  });

  test('a section takes in tabs, four blanks and more', () => {
    const [virtual] = sections(
      'virtual=192.0.2.80:80\n\treal=198.51.100.2 gate\n     real=198.51.100.3 gate\n',
    );
    expect(virtual?.realServers.map(({ address }) => address)).toEqual(['198.51.100.2', '198.51.100.3']);
  });

  test('a comment line does not end a section', () => {
    const [virtual] = sections('virtual=192.0.2.80:80\n# why\n  # why\n\tscheduler=rr\n');
    expect(virtual?.scheduler).toBe('rr');
  });

  test('a line in column 1 ends a section', () => {
    const { config } = parsed(
      'virtual=192.0.2.80:80\n\tscheduler=rr\nautoreload=yes\nvirtual=192.0.2.81:80\n',
    );
    expect(config.autoReload).toBe(true);
    expect(config.virtuals).toHaveLength(2);
  });

  test('global directives hold for sections above them', () => {
    expect(sections('virtual=192.0.2.80:80\nfailurecount=3\n')[0]?.failureCount).toBe(3);
  });
});

describe('global directives', () => {
  test('every one is read', () => {
    const { config } = parsed(`
checkinterval = 5
autoreload = yes
callback = "/usr/local/bin/sync it"
logfile = "/var/log/director.log"
execute = mail.cf
execute = dns.cf
fork = yes
supervised = yes
readdquiescent = yes
emailalertfrom = director@example.com
maintenancedir = /etc/ha.d/maintenance
`);
    expect(config).toEqual({
      file: 'ldirectord.cf',
      checkInterval: s(5),
      autoReload: true,
      callback: '/usr/local/bin/sync it',
      logTarget: { kind: 'file', path: '/var/log/director.log' },
      execute: ['mail.cf', 'dns.cf'],
      fork: true,
      supervised: true,
      readdQuiescent: true,
      emailAlertFrom: 'director@example.com',
      maintenanceDirectory: {
        path: '/etc/ha.d/maintenance',
        at: { file: 'ldirectord.cf', line: 12, column: 18 },
      },
      virtuals: [],
    });
  });

  test('a log file without slash is a syslog facility', () => {
    expect(parsed('logfile="local0"').config.logTarget).toEqual({ kind: 'syslog', facility: 'local0' });
  });

  test('sections inherit what they do not say themselves', () => {
    const text = `
checkcount = 2
failurecount = 3
fallback = 127.0.0.1:8080 masq
fallbackcommand = "/usr/local/bin/sorry" now
quiescent = yes
cleanstop = no
emailalert = "root@example.com, ops@example.com"
emailalertfreq = 60
emailalertstatus = running,stopping
smtp = mail.example.com
virtual = 192.0.2.80:80
virtual = 192.0.2.81:80
    checkcount = 4
    failurecount = 5
    fallback = 127.0.0.2 ipip
    fallbackcommand = other
    quiescent = no
    cleanstop = yes
    emailalert = web@example.com
    emailalertfreq = 0
    emailalertstatus = none
    smtp = 192.0.2.25
`;
    const [inheriting, own] = sections(text);
    expect(inheriting).toMatchObject({
      checkCount: 2,
      failureCount: 3,
      fallback: { address: '127.0.0.1', port: 8080, forwarding: 'nat' },
      fallbackCommand: '"/usr/local/bin/sorry" now',
      quiescent: true,
      cleanStop: false,
      emailAlert: {
        to: ['root@example.com', 'ops@example.com'],
        repeat: s(60),
        states: ['running', 'stopping'],
        smtpHost: 'mail.example.com',
      },
    });
    expect(own).toMatchObject({
      checkCount: 4,
      failureCount: 5,
      fallback: { address: '127.0.0.2', port: 0, forwarding: 'tun' },
      fallbackCommand: 'other',
      quiescent: false,
      cleanStop: true,
      emailAlert: { to: ['web@example.com'], repeat: ms(0), states: [], smtpHost: '192.0.2.25' },
    });
  });

  test('all means every state, which is the default', () => {
    const all = ['starting', 'running', 'stopping', 'reloading'];
    const [said, unsaid] = [
      'emailalert=a@example.com\nemailalertstatus=all\nvirtual=7',
      'emailalert=a@example.com\nvirtual=7',
    ].map((text) => sections(text)[0]?.emailAlert?.states);
    expect(said).toEqual(all);
    expect(unsaid).toEqual(all);
  });
});

describe('the head of a section', () => {
  test.for([
    ['virtual = 192.0.2.80:80', 'tcp', 'ipv4', { kind: 'address', address: '192.0.2.80', port: 80 }, 'http'],
    [
      'virtual = 192.0.2.80:https',
      'tcp',
      'ipv4',
      { kind: 'address', address: '192.0.2.80', port: 443 },
      'https',
    ],
    [
      'virtual = vip.example.com:25',
      'tcp',
      'ipv4',
      { kind: 'address', address: 'vip.example.com', port: 25 },
      'smtp',
    ],
    ['virtual = 192.0.2.80:53', 'udp', 'ipv4', { kind: 'address', address: '192.0.2.80', port: 53 }, 'dns'],
    [
      'virtual = 192.0.2.80:domain',
      'udp',
      'ipv4',
      { kind: 'address', address: '192.0.2.80', port: 53 },
      'dns',
    ],
    [
      'virtual = 192.0.2.80:8080',
      'tcp',
      'ipv4',
      { kind: 'address', address: '192.0.2.80', port: 8080 },
      'none',
    ],
    ['virtual = 7', 'fwm', 'ipv4', { kind: 'mark', mark: 7 }, 'none'],
    ['virtual6 = 7', 'fwm', 'ipv6', { kind: 'mark', mark: 7 }, 'none'],
    [
      'virtual6 = [2001:DB8:0::1]:80',
      'tcp',
      'ipv6',
      { kind: 'address', address: '2001:db8::1', port: 80 },
      'http',
    ],
    [
      'virtual6 = vip.example.com:80',
      'tcp',
      'ipv6',
      { kind: 'address', address: 'vip.example.com', port: 80 },
      'http',
    ],
  ] as const)('%s', ([line, protocol, family, address, service]) => {
    expect(sections(line)[0]).toMatchObject({ protocol, family, address, service });
  });

  test.for([
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
    [81, 'none'],
  ] as const)('port %i implies %s', ([port, service]) => {
    expect(sections(`virtual = 192.0.2.80:${port}`)[0]?.service).toBe(service);
  });

  test('the two families of a mark are two services', () => {
    expect(sections('virtual = 7\nvirtual6 = 7\n')).toHaveLength(2);
  });
});

describe('directives of a section', () => {
  test('a bare one has every default', () => {
    expect(section()).toEqual({
      at: { file: 'ldirectord.cf', line: 1, column: 1 },
      family: 'ipv4',
      address: { kind: 'address', address: '192.0.2.80', port: 80 },
      protocol: 'tcp',
      realServers: [],
      scheduler: 'wrr',
      onePacket: false,
      checkType: { kind: 'negotiate' },
      service: 'http',
      checkCommand: '/bin/true',
      request: '/',
      receive: '',
      httpMethod: 'GET',
      checkTimeout: s(5),
      negotiateTimeout: s(30),
      checkInterval: s(10),
      checkCount: 1,
      failureCount: 1,
      quiescent: false,
      cleanStop: true,
    });
  });

  test.for([
    ['service = smtp', { service: 'smtp' }],
    ['checkcommand = /bin/probe', { checkCommand: '/bin/probe' }],
    ['checkcommand = "/bin/my probe"', { checkCommand: '/bin/my probe' }],
    ['checkport = 8080', { checkPort: 8080 }],
    ['request = ".healthcheck.html"', { request: '/.healthcheck.html' }],
    ['request = "/index.html"', { request: '/index.html' }],
    ['request = ""', { request: '/' }],
    ['receive = "O.AY"', { receive: 'O.AY' }],
    ['receive = "say "hi""', { receive: 'say "hi"' }],
    ['httpmethod = HEAD', { httpMethod: 'HEAD' }],
    ['virtualhost = www.example.com', { virtualHost: 'www.example.com' }],
    ['virtualhost = "www.example.com"', { virtualHost: 'www.example.com' }],
    ['login = "anonymous"', { login: 'anonymous' }],
    ['passwd = "secret"', { password: 'secret' }],
    ['database = "shop"', { database: 'shop' }],
    ['secret = "shared"', { secret: 'shared' }],
    ['load = "high"', { load: 'high' }],
    ['scheduler = wlc', { scheduler: 'wlc' }],
    ['persistent = 600', { persistence: { seconds: 600 } }],
    ['schedflags = sh-port,sh-fallback', { schedulerFlags: 'sh-port,sh-fallback' }],
    ['protocol = udp', { protocol: 'udp' }],
    ['monitorfile = "/var/log/web"', { monitorFile: { path: '/var/log/web' } }],
    ['servicename = Web shop', { serviceName: 'Web shop' }],
    ['comment = call Jo first', { comment: 'call Jo first' }],
    ['checktype = connect', { checkType: { kind: 'connect' } }],
    ['checktype = ping', { checkType: { kind: 'ping' } }],
    ['checktype = on', { checkType: { kind: 'on' } }],
    ['checktype = off', { checkType: { kind: 'off' } }],
    ['checktype = external-perl', { checkType: { kind: 'external-perl' } }],
    ['checktype = 10', { checkType: { kind: 'combined', connects: 10 } }],
    ['checktype = 0', { checkType: { kind: 'combined', connects: 0 } }],
  ] as const)('%s', ([line, meaning]) => {
    expect(section(line)).toMatchObject(meaning);
  });

  test('a netmask belongs to persistence', () => {
    expect(section('persistent = 600', 'netmask = 255.255.255.0').persistence).toEqual({
      seconds: 600,
      netmask: '255.255.255.0',
    });
    const [six] = sections('virtual6 = [2001:db8::1]:80\n\tpersistent = 5\n\tnetmask = 64\n');
    expect(six?.persistence).toEqual({ seconds: 5, netmask: '64' });
  });

  test('ops counts for udp', () => {
    expect(section('ops = yes', 'protocol = udp')).toMatchObject({ onePacket: true });
    expect(section('ops = no', 'protocol = udp')).toMatchObject({ onePacket: false });
  });

  test('the last of two equal directives counts', () => {
    expect(section('scheduler = rr', 'scheduler = wlc').scheduler).toBe('wlc');
  });

  test('an IPv6 section has its own fallback', () => {
    const text =
      'fallback = 127.0.0.1\nfallback6 = [::1]:8080\nvirtual6 = [2001:db8::1]:80\nvirtual = 192.0.2.80:80\n';
    expect(sections(text).map(({ fallback }) => fallback?.address)).toEqual(['::1', '127.0.0.1']);
  });

  test('an interval of its own counts when sections are checked apart', () => {
    expect(sections('fork = yes\nvirtual = 7\n\tcheckinterval = 2\n')[0]?.checkInterval).toBe(s(2));
    expect(sections('checkinterval = 7\nvirtual = 7\n\tcheckinterval = 2\n')[0]?.checkInterval).toBe(s(7));
  });
});

describe('real servers', () => {
  test.for([
    ['198.51.100.2:8080 gate', { address: '198.51.100.2', port: 8080, forwarding: 'dr', weight: 1 }],
    ['198.51.100.2:http masq 5', { port: 80, forwarding: 'nat', weight: 5 }],
    ['198.51.100.2 ipip 0', { port: 0, forwarding: 'tun', weight: 0 }],
    ['web1.example.com:80 gate 65535', { address: 'web1.example.com', weight: 65535 }],
    ['198.51.100.2 gate "check", "OK"', { request: '/check', receive: 'OK' }],
    ['198.51.100.2 gate 2 "/check","OK"', { weight: 2, request: '/check', receive: 'OK' }],
    ['198.51.100.2 gate "/check" "O K"', { request: '/check', receive: 'O K' }],
    [
      '198.51.100.2 gate "http://www.example.com/x", ""',
      { request: 'http://www.example.com/x', receive: '' },
    ],
    ['198.51.100.2 gate l:3 u:9', { lowerThreshold: 3, upperThreshold: 9 }],
    ['198.51.100.2 gate 4 "/a","b" l:3 u:9', { weight: 4, request: '/a', receive: 'b', upperThreshold: 9 }],
    ['198.51.100.2 gate u:9', { lowerThreshold: 0, upperThreshold: 9 }],
  ] as const)('real = %s', ([value, meaning]) => {
    expect(section(`real = ${value}`).realServers).toMatchObject([meaning]);
  });

  test('a request of its own that begins with a slash keeps its receive', () => {
    // The original of 2021 loses both the receive and the thresholds here.
    expect(section('real = 198.51.100.2 gate "/check","OK" l:1 u:2').realServers).toMatchObject([
      { request: '/check', receive: 'OK', lowerThreshold: 1, upperThreshold: 2 },
    ]);
  });

  test('a range stands for each of its addresses, both ends included', () => {
    const { realServers } = section('real = 198.51.100.254->198.51.101.1:80 gate 3');
    expect(realServers.map(({ address }) => address)).toEqual([
      '198.51.100.254',
      '198.51.100.255',
      '198.51.101.0',
      '198.51.101.1',
    ]);
    expect(new Set(realServers.map(({ port, weight }) => `${port} ${weight}`))).toEqual(new Set(['80 3']));
  });

  test('a range may hold one server', () => {
    expect(section('real = 198.51.100.2->198.51.100.2 gate').realServers).toHaveLength(1);
  });

  test('real6 carries IPv6, and IPv4 through a tunnel', () => {
    const text = 'virtual6 = [2001:db8::1]:80\n\treal6 = [2001:DB8::2]:80 gate\n\treal = 198.51.100.2 ipip\n';
    expect(sections(text)[0]?.realServers).toMatchObject([
      { address: '2001:db8::2', family: 'ipv6', port: 80 },
      { address: '198.51.100.2', family: 'ipv4', forwarding: 'tun' },
    ]);
  });
});

describe('the effective timeouts', () => {
  const written = { check: 'checktimeout = 2', negotiate: 'negotiatetimeout = 3' };
  const global = { check: 'checktimeout = 20', negotiate: 'negotiatetimeout = 30' };

  test.for([
    [[], [], 5, 30],
    [[], [global.check], 20, 20],
    [[], [global.negotiate], 30, 30],
    [[], [global.check, global.negotiate], 20, 30],
    [[written.check], [global.check, global.negotiate], 2, 2],
    [[written.negotiate], [global.check, global.negotiate], 3, 3],
    [[written.check, written.negotiate], [], 2, 3],
  ] as const)('section %j, global %j: check %i s, negotiate %i s', ([own, globals, check, negotiate]) => {
    const text = [...globals, 'virtual = 7', ...own.map((line) => `\t${line}`)].join('\n');
    expect(sections(text)[0]).toMatchObject({ checkTimeout: s(check), negotiateTimeout: s(negotiate) });
  });
});

describe('warnings', () => {
  const warnings = (text: string) => parsed(text).warnings.join('\n');

  test('what is deprecated', () => {
    expect(warnings('checkcount = 2\nsupervised\n')).toMatchInlineSnapshot(`
      "ldirectord.cf:1:1: warning: checkcount is deprecated; only ping checks use it
      ldirectord.cf:2:1: warning: supervised without a value is deprecated; write supervised = yes"
    `);
  });

  test('what has no effect', () => {
    expect(
      warnings(
        'virtual = 192.0.2.80:80\n\tnetmask = 255.0.0.0\n\tops = yes\n\tcheckinterval = 3\n\tfallback6 = [::1]:80\n',
      ),
    ).toMatchInlineSnapshot(`
      "ldirectord.cf:2:2: warning: netmask has no effect without persistent
      ldirectord.cf:3:2: warning: ops has no effect for tcp
      ldirectord.cf:4:2: warning: checkinterval in a section has no effect without fork = yes
      ldirectord.cf:5:2: warning: fallback6 has no effect here; fallback is the one for this section"
    `);
  });

  test('what is given twice', () => {
    expect(
      warnings('fork = no\nfork = yes\nvirtual = 192.0.2.80:80\n\tscheduler = rr\n\tscheduler = wlc\n'),
    ).toMatchInlineSnapshot(`
      "ldirectord.cf:2:1: warning: fork was already given in line 1; this line is used
      ldirectord.cf:5:2: warning: scheduler was already given in line 4; this line is used"
    `);
  });

  test('two servers that are one entry of the table', () => {
    expect(
      warnings(
        'virtual = 192.0.2.80:80\n\treal = 198.51.100.2:80 gate\n\treal = 198.51.100.1->198.51.100.2:8080 gate\n',
      ),
    ).toMatchInlineSnapshot(
      `"ldirectord.cf:3:9: warning: 198.51.100.2 is already the real server of line 2, which is used; its port becomes 80, as it must be that of the virtual service"`,
    );
  });

  test('two ports of one server are two entries with masq', () => {
    expect(
      warnings('virtual = 192.0.2.80:80\n\treal = 198.51.100.2:80 masq\n\treal = 198.51.100.2:81 masq\n'),
    ).toBe('');
  });

  test('checks that find nothing out', () => {
    expect(
      warnings('virtual = 192.0.2.80:8080\nvirtual = 192.0.2.81:80\n\tchecktype = external\n'),
    ).toMatchInlineSnapshot(`
      "ldirectord.cf:1:1: warning: no service is known for port 8080, so negotiate finds every real server up; write service or checktype
      ldirectord.cf:2:1: warning: checktype external without checkcommand runs /bin/true, which finds every real server up"
    `);
    expect(warnings('virtual = 192.0.2.80:8080\n\tservice = none\n')).toBe('');
  });
});
