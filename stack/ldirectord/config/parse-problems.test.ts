/** What the parser says of files it refuses: each message whole, as the user sees it. */
import { describe, expect, test } from 'vitest';
import { parseConfig } from './parse.ts';
import { renderProblem } from './problem.ts';

function refusal(...lines: readonly string[]): string {
  const result = parseConfig(lines.join('\n'), 'ha.cf');
  if (result.ok) throw new Error('the file was accepted');
  return `\n${result.problems.map((problem) => renderProblem(problem, 'error')).join('\n')}\n`;
}

const inSection = (...body: readonly string[]) =>
  refusal('virtual = 192.0.2.80:80', ...body.map((line) => `    ${line}`));

describe('the shape of the file', () => {
  test('three blanks are too few', () => {
    expect(refusal('virtual = 192.0.2.80:80', '   real = 198.51.100.2 gate')).toMatchInlineSnapshot(`
      "
      ha.cf:2:4: error: found an indentation of 3; allowed: none for a global directive, 4 or more (or a tab) in a section
      "
    `);
  });

  test('one blank is no global directive', () => {
    expect(refusal(' checkinterval = 5')).toMatchInlineSnapshot(`
      "
      ha.cf:1:2: error: found an indentation of 1; allowed: none for a global directive, 4 or more (or a tab) in a section
      "
    `);
  });

  test('an indented line needs a section', () => {
    expect(refusal('    real = 198.51.100.2 gate')).toMatchInlineSnapshot(`
      "
      ha.cf:1:5: error: found an indented line outside a section; allowed: indentation below a virtual line
      "
    `);
  });

  test('a blank line ends the section', () => {
    expect(
      refusal('virtual = 192.0.2.80:80', '', '    real = 198.51.100.2 gate', '    scheduler = rr'),
    ).toMatchInlineSnapshot(`
      "
      ha.cf:3:5: error: found an indented line after the section of line 1 was ended by blank line 2; allowed: no blank line within a section
      "
    `);
  });

  test('a line that is no directive', () => {
    expect(refusal('== hello')).toMatchInlineSnapshot(`
      "
      ha.cf:1:1: error: found "== hello"; allowed: name = value
      "
    `);
  });

  test('a name without =', () => {
    expect(refusal('checkinterval 5')).toMatchInlineSnapshot(`
      "
      ha.cf:1:1: error: checkinterval: found no "="; allowed: checkinterval = value
      "
    `);
  });

  test('every problem is told at once, in file order', () => {
    expect(
      refusal(
        'autoreload = maybe',
        'virtual = 192.0.2.80:0',
        '    real = 198.51.100.2',
        '    frobnicate = 1',
        'quiescent = 1',
      ),
    ).toMatchInlineSnapshot(`
      "
      ha.cf:1:14: error: autoreload: found "maybe"; allowed: yes, no
      ha.cf:2:22: error: virtual: found port "0"; allowed: 1 to 65535 or the name of a well-known port
      ha.cf:3:24: error: real: found nothing as the way of forwarding; allowed: gate, masq, ipip
      ha.cf:4:5: error: found unknown directive "frobnicate"; allowed: checktimeout, negotiatetimeout, checkcount, failurecount, checkinterval, fallback, fallback6, fallbackcommand, quiescent, emailalert, emailalertfreq, emailalertstatus, cleanstop, smtp, real, real6, checktype, service, checkcommand, checkport, request, receive, httpmethod, virtualhost, login, passwd, database, secret, load, scheduler, persistent, netmask, schedflags, protocol, ops, monitorfile, servicename, comment
      ha.cf:5:13: error: quiescent: found "1"; allowed: yes, no
      "
    `);
  });
});

describe('global directives', () => {
  test('an unknown name with a near one', () => {
    expect(refusal('chektimeout = 5')).toMatchInlineSnapshot(`
      "
      ha.cf:1:1: error: found unknown directive "chektimeout"; nearest known name: checktimeout
      "
    `);
  });

  test('an unknown name far from all', () => {
    expect(refusal('frobnicate = yes')).toMatchInlineSnapshot(`
      "
      ha.cf:1:1: error: found unknown directive "frobnicate"; allowed: checktimeout, negotiatetimeout, checkcount, failurecount, checkinterval, fallback, fallback6, fallbackcommand, quiescent, emailalert, emailalertfreq, emailalertstatus, cleanstop, smtp, autoreload, callback, logfile, execute, fork, supervised, readdquiescent, emailalertfrom, maintenancedir
      "
    `);
  });

  test('a name in the wrong case', () => {
    expect(refusal('Quiescent = no')).toMatchInlineSnapshot(`
      "
      ha.cf:1:1: error: found unknown directive "Quiescent"; nearest known name: quiescent
      "
    `);
  });

  test('a directive of sections', () => {
    expect(refusal('scheduler = rr')).toMatchInlineSnapshot(`
      "
      ha.cf:1:1: error: found scheduler; allowed only in a section, indented by 4 or more (or a tab)
      "
    `);
  });

  test('connecttimeout', () => {
    expect(refusal('connecttimeout = 5')).toMatchInlineSnapshot(`
      "
      ha.cf:1:1: error: found connecttimeout, which is no longer known; allowed instead: checktimeout and negotiatetimeout
      "
    `);
  });

  test('timeout', () => {
    expect(refusal('timeout = 5')).toMatchInlineSnapshot(`
      "
      ha.cf:1:1: error: found timeout, which is no longer known; allowed instead: checktimeout and negotiatetimeout
      "
    `);
  });

  test('checktimeout of 0', () => {
    expect(refusal('checktimeout = 0')).toMatchInlineSnapshot(`
      "
      ha.cf:1:16: error: checktimeout: found "0"; allowed: seconds, 1 to 2147483
      "
    `);
  });

  test('checktimeout with a unit', () => {
    expect(refusal('checktimeout = 5s')).toMatchInlineSnapshot(`
      "
      ha.cf:1:16: error: checktimeout: found "5s"; allowed: seconds, 1 to 2147483
      "
    `);
  });

  test('negotiatetimeout without a value', () => {
    expect(refusal('negotiatetimeout =')).toMatchInlineSnapshot(`
      "
      ha.cf:1:19: error: negotiatetimeout: found nothing; allowed: seconds, 1 to 2147483
      "
    `);
  });

  test('checkinterval below 0', () => {
    expect(refusal('checkinterval = -1')).toMatchInlineSnapshot(`
      "
      ha.cf:1:17: error: checkinterval: found "-1"; allowed: seconds, 1 to 2147483
      "
    `);
  });

  test('checkcount of 0', () => {
    expect(refusal('checkcount = 0')).toMatchInlineSnapshot(`
      "
      ha.cf:1:14: error: checkcount: found "0"; allowed: a count, 1 or more
      "
    `);
  });

  test('failurecount as a word', () => {
    expect(refusal('failurecount = three')).toMatchInlineSnapshot(`
      "
      ha.cf:1:16: error: failurecount: found "three"; allowed: a count, 1 or more
      "
    `);
  });

  test('a boolean in capitals', () => {
    expect(refusal('autoreload = Yes')).toMatchInlineSnapshot(`
      "
      ha.cf:1:14: error: autoreload: found "Yes"; allowed: yes, no; nearest known name: yes
      "
    `);
  });

  test('a boolean as a number', () => {
    expect(refusal('cleanstop = 1')).toMatchInlineSnapshot(`
      "
      ha.cf:1:13: error: cleanstop: found "1"; allowed: yes, no
      "
    `);
  });

  test('a callback without quotes', () => {
    expect(refusal('callback = /bin/sync')).toMatchInlineSnapshot(`
      "
      ha.cf:1:12: error: callback: found "/bin/sync"; allowed: a path in double quotes
      "
    `);
  });

  test('a callback that # cuts', () => {
    expect(refusal('callback = "/bin/a#b"')).toMatchInlineSnapshot(`
      "
      ha.cf:1:19: error: callback: found no closing quote; allowed: a path in double quotes, without #
      "
    `);
  });

  test('a log file that is neither path nor facility', () => {
    expect(refusal('logfile = "director.log"')).toMatchInlineSnapshot(`
      "
      ha.cf:1:12: error: logfile: found "director.log"; allowed: a path that begins with / or a syslog facility
      "
    `);
  });

  test('a log file without quotes', () => {
    expect(refusal('logfile = /var/log/x')).toMatchInlineSnapshot(`
      "
      ha.cf:1:11: error: logfile: found "/var/log/x"; allowed: a path or a syslog facility in double quotes
      "
    `);
  });

  test('execute without a name', () => {
    expect(refusal('execute =')).toMatchInlineSnapshot(`
      "
      ha.cf:1:10: error: execute: found nothing; allowed: the name of a configuration
      "
    `);
  });

  test('a fallback with an unknown way of forwarding', () => {
    expect(refusal('fallback = 127.0.0.1:80 gat')).toMatchInlineSnapshot(`
      "
      ha.cf:1:25: error: fallback: found "gat" as the way of forwarding; allowed: gate, masq, ipip; nearest known name: gate
      "
    `);
  });

  test('a fallback with a bad port', () => {
    expect(refusal('fallback = 127.0.0.1:99999')).toMatchInlineSnapshot(`
      "
      ha.cf:1:22: error: fallback: found port "99999"; allowed: 1 to 65535 or the name of a well-known port
      "
    `);
  });

  test('a fallback with a weight', () => {
    expect(refusal('fallback = 127.0.0.1 gate 5')).toMatchInlineSnapshot(`
      "
      ha.cf:1:27: error: fallback: found "5"; allowed: nothing more
      "
    `);
  });

  test('an IPv6 fallback under the wrong name', () => {
    expect(refusal('fallback = [::1]:80')).toMatchInlineSnapshot(`
      "
      ha.cf:1:12: error: fallback: found "::1"; allowed: an IPv4 address or a host name
      "
    `);
  });

  test('a fallback command that is nothing', () => {
    expect(refusal('fallbackcommand =')).toMatchInlineSnapshot(`
      "
      ha.cf:1:18: error: fallbackcommand: found nothing; allowed: a command
      "
    `);
  });

  test('mail to nobody', () => {
    expect(refusal('emailalert = ,')).toMatchInlineSnapshot(`
      "
      ha.cf:1:14: error: emailalert: found nothing; allowed: mail addresses between commas
      "
    `);
  });

  test('mail to two words', () => {
    expect(refusal('emailalert = root@@example.com')).toMatchInlineSnapshot(`
      "
      ha.cf:1:14: error: emailalert: found "root@@example.com"; allowed: a mail address
      "
    `);
  });

  test('an unknown state', () => {
    expect(refusal('emailalertstatus = runing')).toMatchInlineSnapshot(`
      "
      ha.cf:1:20: error: emailalertstatus: found "runing"; allowed: all, none, starting, running, stopping, reloading; nearest known name: running
      "
    `);
  });

  test('none beside other states', () => {
    expect(refusal('emailalertstatus = none,running')).toMatchInlineSnapshot(`
      "
      ha.cf:1:20: error: emailalertstatus: found none beside other states; allowed: none alone
      "
    `);
  });

  test('a mail host that is a sentence', () => {
    expect(refusal('smtp = mail host')).toMatchInlineSnapshot(`
      "
      ha.cf:1:8: error: smtp: found "mail host"; allowed: a host name or address
      "
    `);
  });
});

describe('heads of sections', () => {
  test('no port', () => {
    expect(refusal('virtual = 192.0.2.80')).toMatchInlineSnapshot(`
      "
      ha.cf:1:11: error: virtual: found "192.0.2.80"; allowed: address:port, name:port or a firewall mark
      "
    `);
  });

  test('port 0', () => {
    expect(refusal('virtual = 192.0.2.80:0')).toMatchInlineSnapshot(`
      "
      ha.cf:1:22: error: virtual: found port "0"; allowed: 1 to 65535 or the name of a well-known port
      "
    `);
  });

  test('a port too high', () => {
    expect(refusal('virtual = 192.0.2.80:65536')).toMatchInlineSnapshot(`
      "
      ha.cf:1:22: error: virtual: found port "65536"; allowed: 1 to 65535 or the name of a well-known port
      "
    `);
  });

  test('an unknown service name', () => {
    expect(refusal('virtual = 192.0.2.80:htp')).toMatchInlineSnapshot(`
      "
      ha.cf:1:22: error: virtual: found port "htp"; allowed: 1 to 65535 or the name of a well-known port; nearest known name: http
      "
    `);
  });

  test('a bad address', () => {
    expect(refusal('virtual = 192.0.2.280:80')).toMatchInlineSnapshot(`
      "
      ha.cf:1:11: error: virtual: found "192.0.2.280"; allowed: an IPv4 address or a host name
      "
    `);
  });

  test('mark 0', () => {
    expect(refusal('virtual = 0')).toMatchInlineSnapshot(`
      "
      ha.cf:1:11: error: virtual: found mark "0"; allowed: 1 to 4294967295
      "
    `);
  });

  test('a mark beyond 32 bits', () => {
    expect(refusal('virtual = 4294967296')).toMatchInlineSnapshot(`
      "
      ha.cf:1:11: error: virtual: found mark "4294967296"; allowed: 1 to 4294967295
      "
    `);
  });

  test('IPv6 under the wrong name', () => {
    expect(refusal('virtual = [2001:db8::1]:80')).toMatchInlineSnapshot(`
      "
      ha.cf:1:11: error: virtual: found "[2001:db8::1]:80"; allowed: address:port; IPv6 addresses belong under virtual6
      "
    `);
  });

  test('IPv4 under virtual6', () => {
    expect(refusal('virtual6 = 192.0.2.80:80')).toMatchInlineSnapshot(`
      "
      ha.cf:1:12: error: virtual6: found "192.0.2.80"; allowed: an IPv6 address or a host name
      "
    `);
  });

  test('nothing', () => {
    expect(refusal('virtual =')).toMatchInlineSnapshot(`
      "
      ha.cf:1:10: error: virtual: found nothing; allowed: address:port, name:port or a firewall mark
      "
    `);
  });

  test('no =', () => {
    expect(refusal('virtual 192.0.2.80:80')).toMatchInlineSnapshot(`
      "
      ha.cf:1:1: error: virtual: found no "="; allowed: virtual = value
      "
    `);
  });

  test('the same service twice', () => {
    expect(refusal('virtual = 192.0.2.80:80', 'virtual = 192.0.2.80:http')).toMatchInlineSnapshot(`
      "
      ha.cf:2:1: error: found a duplicate virtual server, tcp:192.0.2.80:80; the first is in line 1
      "
    `);
  });

  test('the same mark twice', () => {
    expect(refusal('virtual = 7', 'virtual = 7')).toMatchInlineSnapshot(`
      "
      ha.cf:2:1: error: found a duplicate virtual server, fwm:7; the first is in line 1
      "
    `);
  });

  test('a section within a section', () => {
    expect(refusal('virtual = 192.0.2.80:80', '    virtual = 192.0.2.81:80')).toMatchInlineSnapshot(`
      "
      ha.cf:2:5: error: found virtual; allowed only in column 1
      "
    `);
  });
});

describe('directives of sections', () => {
  test('a misspelt name', () => {
    expect(inSection('recieve = "OK"')).toMatchInlineSnapshot(`
      "
      ha.cf:2:5: error: found unknown directive "recieve"; nearest known name: receive
      "
    `);
  });

  test('a global directive', () => {
    expect(inSection('autoreload = yes')).toMatchInlineSnapshot(`
      "
      ha.cf:2:5: error: found autoreload; allowed only as a global directive, in column 1
      "
    `);
  });

  test('an unknown check type', () => {
    expect(inSection('checktype = negociate')).toMatchInlineSnapshot(`
      "
      ha.cf:2:17: error: checktype: found "negociate"; allowed: connect, negotiate, ping, off, on, external, external-perl or a number; nearest known name: negotiate
      "
    `);
  });

  test('an unknown service', () => {
    expect(inSection('service = htpp')).toMatchInlineSnapshot(`
      "
      ha.cf:2:15: error: service: found "htpp"; allowed: dns, ftp, http, https, http_proxy, imap, imaps, ldap, ldaps, mysql, nntp, none, oracle, pgsql, pop, pops, radius, simpletcp, sip, smtp, submission; nearest known name: http
      "
    `);
  });

  test('a check port of 0', () => {
    expect(inSection('checkport = 0')).toMatchInlineSnapshot(`
      "
      ha.cf:2:17: error: checkport: found "0"; allowed: a port, 1 to 65535
      "
    `);
  });

  test('a check port by name', () => {
    expect(inSection('checkport = http')).toMatchInlineSnapshot(`
      "
      ha.cf:2:17: error: checkport: found "http"; allowed: a port, 1 to 65535
      "
    `);
  });

  test('a request without quotes', () => {
    expect(inSection('request = index.html')).toMatchInlineSnapshot(`
      "
      ha.cf:2:15: error: request: found "index.html"; allowed: a request in double quotes
      "
    `);
  });

  test('a request without its second quote', () => {
    expect(inSection('request = "index.html')).toMatchInlineSnapshot(`
      "
      ha.cf:2:26: error: request: found no closing quote; allowed: a request in double quotes, without #
      "
    `);
  });

  test('a receive that is no regular expression', () => {
    expect(inSection('receive = "(OK"')).toMatchInlineSnapshot(`
      "
      ha.cf:2:16: error: receive: found no regular expression this program understands: Unterminated group
      "
    `);
  });

  test('an unknown method', () => {
    expect(inSection('httpmethod = get')).toMatchInlineSnapshot(`
      "
      ha.cf:2:18: error: httpmethod: found "get"; allowed: GET, HEAD; nearest known name: GET
      "
    `);
  });

  test('a login without quotes', () => {
    expect(inSection('login = me')).toMatchInlineSnapshot(`
      "
      ha.cf:2:13: error: login: found "me"; allowed: a login in double quotes
      "
    `);
  });

  test('a scheduler with a digit', () => {
    expect(inSection('scheduler = rr2')).toMatchInlineSnapshot(`
      "
      ha.cf:2:17: error: scheduler: found "rr2"; allowed: a scheduler, lower case letters only
      "
    `);
  });

  test('persistence of 0', () => {
    expect(inSection('persistent = 0')).toMatchInlineSnapshot(`
      "
      ha.cf:2:18: error: persistent: found "0"; allowed: seconds, 1 to 2147483
      "
    `);
  });

  test('a netmask with a hole', () => {
    expect(inSection('persistent = 5', 'netmask = 255.0.255.0')).toMatchInlineSnapshot(`
      "
      ha.cf:3:15: error: netmask: found "255.0.255.0"; allowed: a netmask such as 255.255.255.0, or 1 to 128 for IPv6
      "
    `);
  });

  test('a prefix length for IPv4', () => {
    expect(inSection('persistent = 5', 'netmask = 24')).toMatchInlineSnapshot(`
      "
      ha.cf:3:15: error: netmask: found "24"; allowed: a dotted quad such as 255.255.255.0
      "
    `);
  });

  test('flags with a blank', () => {
    expect(inSection('schedflags = sh-port sh-fallback')).toMatchInlineSnapshot(`
      "
      ha.cf:2:18: error: schedflags: found "sh-port sh-fallback"; allowed: flags between commas
      "
    `);
  });

  test('an unknown protocol', () => {
    expect(inSection('protocol = tpc')).toMatchInlineSnapshot(`
      "
      ha.cf:2:16: error: protocol: found "tpc"; allowed: tcp, udp, fwm; nearest known name: tcp
      "
    `);
  });

  test("a mark's protocol for an address", () => {
    expect(inSection('protocol = fwm')).toMatchInlineSnapshot(`
      "
      ha.cf:2:16: error: protocol: found "fwm"; allowed: tcp or udp for address:port
      "
    `);
  });

  test('ops that is neither yes nor no', () => {
    expect(inSection('ops = true')).toMatchInlineSnapshot(`
      "
      ha.cf:2:11: error: ops: found "true"; allowed: yes, no
      "
    `);
  });

  test('an empty command', () => {
    expect(inSection('checkcommand = ""')).toMatchInlineSnapshot(`
      "
      ha.cf:2:20: error: checkcommand: found nothing; allowed: a path
      "
    `);
  });
});

describe('real servers', () => {
  test('no way of forwarding', () => {
    expect(inSection('real = 198.51.100.2:80')).toMatchInlineSnapshot(`
      "
      ha.cf:2:27: error: real: found nothing as the way of forwarding; allowed: gate, masq, ipip
      "
    `);
  });

  test('a misspelt way of forwarding', () => {
    expect(inSection('real = 198.51.100.2:80 mask')).toMatchInlineSnapshot(`
      "
      ha.cf:2:28: error: real: found "mask" as the way of forwarding; allowed: gate, masq, ipip; nearest known name: masq
      "
    `);
  });

  test('a bad address', () => {
    expect(inSection('real = 198.51.100:80 gate')).toMatchInlineSnapshot(`
      "
      ha.cf:2:12: error: real: found "198.51.100"; allowed: an IPv4 address or a host name
      "
    `);
  });

  test('a bad port', () => {
    expect(inSection('real = 198.51.100.2:0 gate')).toMatchInlineSnapshot(`
      "
      ha.cf:2:25: error: real: found port "0"; allowed: 1 to 65535 or the name of a well-known port
      "
    `);
  });

  test('a range that runs backwards', () => {
    expect(inSection('real = 198.51.100.9->198.51.100.2:80 gate')).toMatchInlineSnapshot(`
      "
      ha.cf:2:26: error: real: found a range that ends before it begins; allowed: 198.51.100.9 or higher
      "
    `);
  });

  test('a range without an end', () => {
    expect(inSection('real = 198.51.100.9->web2:80 gate')).toMatchInlineSnapshot(`
      "
      ha.cf:2:26: error: real: found "web2"; allowed: an IPv4 address to end the range
      "
    `);
  });

  test('a range too long', () => {
    expect(inSection('real = 10.0.0.0->10.0.16.0 gate')).toMatchInlineSnapshot(`
      "
      ha.cf:2:22: error: real: found a range of 4097 servers; allowed: at most 4096
      "
    `);
  });

  test('a weight too high', () => {
    expect(inSection('real = 198.51.100.2 gate 65536')).toMatchInlineSnapshot(`
      "
      ha.cf:2:30: error: real: found weight "65536"; allowed: 0 to 65535
      "
    `);
  });

  test('a weight below 0', () => {
    expect(inSection('real = 198.51.100.2 gate -1')).toMatchInlineSnapshot(`
      "
      ha.cf:2:30: error: real: found "-1"; allowed: a weight, "request","receive", l:N, u:N, in this order
      "
    `);
  });

  test('a request without a receive', () => {
    expect(inSection('real = 198.51.100.2 gate "/check"')).toMatchInlineSnapshot(`
      "
      ha.cf:2:38: error: real: found no receive string; allowed: "request","receive"
      "
    `);
  });

  test('a string that no quote closes', () => {
    expect(
      inSection('real = 198.51.100.2 gate "/check', 'real = 198.51.100.3 gate "/check","OK'),
    ).toMatchInlineSnapshot(`
      "
      ha.cf:2:30: error: real: found a string that no quote closes; allowed: "request","receive"
      ha.cf:3:39: error: real: found a string that no quote closes; allowed: "request","receive"
      "
    `);
  });

  test('thresholds that cross', () => {
    expect(inSection('real = 198.51.100.2 gate l:9 u:3')).toMatchInlineSnapshot(`
      "
      ha.cf:2:37: error: real: found lower threshold l:9 above upper threshold u:3; allowed: l up to u
      "
    `);
  });

  test('a lower threshold alone', () => {
    expect(inSection('real = 198.51.100.2 gate l:9')).toMatchInlineSnapshot(`
      "
      ha.cf:2:33: error: real: found lower threshold l:9 above upper threshold u:0; allowed: l up to u
      "
    `);
  });

  test('a word too many', () => {
    expect(inSection('real = 198.51.100.2 gate 1 fast')).toMatchInlineSnapshot(`
      "
      ha.cf:2:32: error: real: found "fast"; allowed: a weight, "request","receive", l:N, u:N, in this order
      "
    `);
  });

  test('an IPv6 server of an IPv4 service', () => {
    expect(inSection('real6 = [2001:db8::2]:80 gate')).toMatchInlineSnapshot(`
      "
      ha.cf:2:5: error: found real6 in a virtual section; allowed: with ipip only
      "
    `);
  });

  test('an IPv6 address under the wrong name', () => {
    expect(inSection('real = [2001:db8::2]:80 gate')).toMatchInlineSnapshot(`
      "
      ha.cf:2:12: error: real: found "2001:db8::2"; allowed: an IPv4 address or a host name
      "
    `);
  });

  test('nothing', () => {
    expect(inSection('real =')).toMatchInlineSnapshot(`
      "
      ha.cf:2:11: error: real: found nothing; allowed: address[:port]
      "
    `);
  });
});
