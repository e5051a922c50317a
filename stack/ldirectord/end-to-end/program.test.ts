import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundledStack, isAlive, Program } from './program.ts';

let stack: Awaited<ReturnType<typeof bundledStack>>;

beforeAll(async () => {
  stack = await bundledStack();
});

afterAll(() => stack.remove());

const install = (config: string) => Program.installed(stack.path, config);

const vip = '-t 192.0.2.80:80';

/** Two servers at one port of two loopback addresses, and a fallback. */
const web = (port: number, ...more: readonly string[]) =>
  [
    'checkinterval = 1',
    'checktimeout = 2',
    'negotiatetimeout = 2',
    'virtual = 192.0.2.80:80',
    `    real = 127.0.0.2:${port} gate`,
    `    real = 127.0.0.3:${port} gate 3`,
    '    fallback = 127.0.0.1:80',
    '    receive = "OKAY"',
    ...more.map((line) => `    ${line}`),
    '',
  ].join('\n');

/** Starts two servers and the program, and waits until both are in the table. */
async function running(config: (port: number) => string = web) {
  const program = await install('');
  const first = await program.serve('127.0.0.2', 0, (_, response) => response.end('OKAY'));
  const second = await program.serve('127.0.0.3', first.port, (_, response) => response.end('OKAY'));
  program.write(config(first.port));
  expect(await program.run('start')).toEqual({ code: 0, stdout: '', stderr: '' });
  await program.until('both servers', () => program.table.length === 3);
  await program.until('word of it', () => program.log.some((line) => line.startsWith('Deleted fallback')));
  return { program, first, second, port: first.port };
}

const bothServers = [`${vip} wrr`, ' 127.0.0.3:80 -g 3', ' 127.0.0.2:80 -g 1'];

describe('start', () => {
  test('returns when the first table is written, and the daemon goes on', async () => {
    await using program = await install(web(9));
    const ended = await program.run('start');

    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(program.table).toEqual([`${vip} wrr`, ' 127.0.0.1:80 -g 1']);
    expect(program.isAlive).toBe(true);
  });

  test('of an instance that runs does nothing', async () => {
    await using program = await install(web(9));
    await program.run('start');
    const { pid } = program;

    expect(await program.run('start')).toMatchObject({ code: 0 });

    expect(program.pid).toBe(pid);
    expect(program.log.filter((line) => line.startsWith('Starting'))).toHaveLength(1);
  });

  test('twice at once leaves one daemon', async () => {
    await using program = await install(web(9));

    const ended = await Promise.all([program.run('start'), program.run('start')]);

    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(program.log.filter((line) => line.startsWith('Starting'))).toHaveLength(1);
  });

  test('fails with the words of ipvsadm when nothing can be written', async () => {
    await using program = await install('virtual = 192.0.2.80:80\n');
    program.refuse('-A');

    expect(await program.run('start')).toEqual({
      code: 1,
      stdout: '',
      stderr: `ldirectord: system(ipvsadm -A ${vip} -s wrr) failed: Memory allocation problem\n`,
    });
    expect(program.pid).toBeUndefined();
    expect(program.table).toEqual([]);
  });

  test('fails when a name has no address', async () => {
    await using program = await install('virtual = vip.invalid:80\n');

    const { code, stderr } = await program.run('start');

    expect(code).toBe(2);
    expect(stderr).toContain(
      'ldirectord.cf:1:1: error: found host name "vip.invalid", which has no IPv4 address',
    );
    expect(program.pid).toBeUndefined();
  });

  test('keeps what serves already, and purges what is not configured', async () => {
    await using program = await install(web(9, 'checktype = on'));
    for (const line of [
      `-A ${vip} -s wrr`,
      `-a ${vip} -r 127.0.0.2:80 -g -w 1`,
      `-a ${vip} -r 198.51.100.9:80 -g -w 1`,
      '-A -t 192.0.2.99:80 -s rr',
    ]) {
      await program.meddle(...line.split(' '));
    }
    program.forgetCalls();

    await program.run('start');

    expect(program.table).toEqual([...bothServers, '-t 192.0.2.99:80 rr']);
    expect(program.calls.filter((call) => call.includes('127.0.0.2'))).toEqual([
      `  -e ${vip} -x 0 -y 0 -r 127.0.0.2:80 -g -w 1`,
    ]);
  });
});

describe('a configuration that is wrong', () => {
  test.for(['start', 'stop', 'status', 'reload', 'restart'])('makes %s exit with 2', async (command) => {
    await using program = await install('virtual = 192.0.2.80:80\n   real = 198.51.100.2 gate\n');

    const { code, stdout, stderr } = await program.run(command);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      `${program.directory}/etc/ldirectord.cf:2:4: error: found an indentation of 3; allowed: none for a global directive, 4 or more (or a tab) in a section\n`,
    );
    expect(program.calls).toEqual([]);
  });

  test('that asks for a service without check is refused', async () => {
    await using program = await install('virtual = 192.0.2.80:1521\n');
    const { code, stderr } = await program.run('start');
    expect(code).toBe(2);
    expect(stderr).toContain('found service oracle, which this program cannot negotiate yet');
  });

  test('or missing is told by name', async () => {
    await using program = await install('');
    expect(await program.run('web.cf', 'start')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Config file web.cf not found\n',
    });
  });
});

describe('status', () => {
  test('tells running, stopped and killed apart', async () => {
    await using program = await install(web(9));
    const path = join(program.directory, 'etc/ldirectord.cf');
    expect(await program.run('status')).toEqual({
      code: 3,
      stdout: `ldirectord is stopped for ${path}\n`,
      stderr: '',
    });

    await program.run('start');
    const { pid = 0 } = program;
    expect(await program.run('status')).toEqual({
      code: 0,
      stdout: '',
      stderr: `ldirectord for ${path} is running with pid: ${pid}\n`,
    });

    process.kill(pid, 'SIGKILL');
    await program.until('the daemon is gone', () => !program.isAlive);
    expect(await program.run('status')).toEqual({
      code: 1,
      stdout: `ldirectord is stopped for ${path}\n`,
      stderr: `ldirectord stale pid file ${program.directory}/run/ldirectord.ldirectord.pid for ${path}\n`,
    });
  });
});

describe('stop', () => {
  test('returns when the table is clean and the daemon gone', async () => {
    const { program } = await running();
    await using _ = program;
    const { pid } = program;

    expect(await program.run('stop')).toEqual({ code: 0, stdout: '', stderr: '' });

    expect(program.table).toEqual([]);
    expect(program.pid).toBeUndefined();
    expect(isAlive(pid ?? 0)).toBe(false);
    expect(program.log.at(-1)).toBe('Linux Director Daemon terminated on signal: TERM');
  });

  test('of what does not run is done', async () => {
    await using program = await install(web(9));
    expect(await program.run('stop')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('leaves the table with cleanstop = no', async () => {
    const { program } = await running((port) => web(port, 'cleanstop = no'));
    await using _ = program;
    await program.run('stop');
    expect(program.table).toEqual(bothServers);
  });
});

describe('restart and reload', () => {
  test('restart gives a new daemon, try-restart only an instance that runs', async () => {
    await using program = await install(web(9));
    expect(await program.run('try-restart')).toMatchObject({ code: 0 });
    expect(program.pid).toBeUndefined();

    await program.run('restart');
    const { pid } = program;
    expect(pid).toBeDefined();

    await program.run('try-restart');
    expect(program.pid).not.toBe(pid);
    expect(program.isAlive).toBe(true);
  });

  test('reload puts a changed file in force', async () => {
    const { program, port } = await running();
    await using _ = program;
    program.write(web(port, 'scheduler = rr'));
    await program.run('reload');
    await program.until('the scheduler', () => program.table[0] === `${vip} rr`);
    expect(program.table).toHaveLength(3);
  });

  test('reload of a file that is wrong by then leaves everything as it was', async () => {
    const { program } = await running();
    await using _ = program;
    const { pid = 0 } = program;
    program.write('frobnicate = yes\n');
    process.kill(pid, 'SIGHUP');
    await program.until('the complaint', () =>
      program.log.some((line) => line.includes('unknown directive')),
    );
    expect(program.table).toEqual(bothServers);
    expect(program.isAlive).toBe(true);
  });

  test('reload of what does not run fails', async () => {
    await using program = await install(web(9));
    expect(await program.run('reload')).toMatchObject({ code: 1 });
    expect(await program.run('force-reload')).toMatchObject({ code: 1 });
  });

  test('autoreload and callback follow the file', async () => {
    const { program, port } = await running((port) => `autoreload = yes\n${web(port)}`);
    await using _ = program;
    const callback = join(program.directory, 'callback');
    writeFileSync(callback, `#!/bin/sh\necho "$@" > ${callback}.seen\n`, { mode: 0o755 });

    const path = program.write(
      `autoreload = yes\ncallback = "${callback}"\n${web(port).replace('gate 3', 'gate 5')}`,
    );
    await program.until('the weight', () => program.table.includes(' 127.0.0.3:80 -g 5'));
    program.write(`autoreload = yes\ncallback = "${callback}"\n${web(port)}`);

    await program.until('the callback', () => existsSync(`${callback}.seen`));
    await program.until('the weight again', () => program.table.includes(' 127.0.0.3:80 -g 3'));
    expect(readFileSync(`${callback}.seen`, 'utf8')).toBe(`${path}\n`);
  });
});

describe('the running daemon', () => {
  test('follows its servers, and enters a recovered one before the fallback goes', async () => {
    const { program, first, second, port } = await running();
    await using _ = program;

    await program.end(first);
    await program.until('one is gone', () => program.table.join() === `${vip} wrr, 127.0.0.3:80 -g 3`);
    await program.end(second);
    await program.until('the fallback', () => program.table.join() === `${vip} wrr, 127.0.0.1:80 -g 1`);
    program.forgetCalls();
    await program.serve('127.0.0.2', port, (__, response) => response.end('OKAY'));
    await program.until('one is back', () => program.table.join() === `${vip} wrr, 127.0.0.2:80 -g 1`);

    expect(program.calls).toEqual([
      '-R',
      `  -a ${vip} -x 0 -y 0 -r 127.0.0.2:80 -g -w 1`,
      `  -d ${vip} -r 127.0.0.1:80`,
    ]);
    expect(program.log).toContain(
      `Deleted real server: 127.0.0.2:80 mapped from 127.0.0.2:${port} (192.0.2.80:80)`,
    );
  });

  test('takes out a server that answers wrongly', async () => {
    const { program, first, port } = await running();
    await using _ = program;
    await program.end(first);
    await program.serve('127.0.0.2', port, (__, response) => response.end('SORRY'));
    await program.until('one is gone', () => program.table.join() === `${vip} wrr, 127.0.0.3:80 -g 3`);
  });

  test('takes out a server that hangs, and asks the other meanwhile', async () => {
    const asked: number[] = [];
    const program = await install('');
    await using _ = program;
    let hangs = false;
    const first = await program.serve('127.0.0.2', 0, (__, response) => {
      if (!hangs) response.end('OKAY');
    });
    await program.serve('127.0.0.3', first.port, (__, response) => {
      asked.push(performance.now());
      response.end('OKAY');
    });
    program.write(web(first.port));
    await program.run('start');
    await program.until('both servers', () => program.table.length === 3);

    hangs = true;
    const since = performance.now();
    await program.until('one is gone', () => program.table.join() === `${vip} wrr, 127.0.0.3:80 -g 3`);

    // It hung for two seconds, in which the other was asked about once a second.
    expect(performance.now() - since).toBeGreaterThan(1900);
    expect(asked.filter((moment) => moment > since).length).toBeGreaterThanOrEqual(2);
  });

  test('puts right what somebody else changed', async () => {
    const { program } = await running();
    await using _ = program;
    await program.meddle('-d', '-t', '192.0.2.80:80', '-r', '127.0.0.2:80');
    await program.meddle('-a', '-t', '192.0.2.80:80', '-r', '198.51.100.9:80');
    await program.until(
      'all is right again',
      () => program.table.toSorted().join() === bothServers.toSorted().join(),
    );
  });

  test('writes nothing while nothing changes', async () => {
    const { program } = await running();
    await using _ = program;
    program.forgetCalls();
    const { length } = program.log;
    const until = performance.now() + 2500;
    await program.until('two passes', () => performance.now() > until);
    expect(program.calls).toEqual([]);
    expect(program.log).toHaveLength(length);
  });

  test('killed leaves the table serving, and its successor adopts it', async () => {
    const { program } = await running();
    await using _ = program;
    process.kill(program.pid ?? 0, 'SIGKILL');
    await program.until('the daemon is gone', () => !program.isAlive);
    expect(program.table).toEqual(bothServers);

    program.forgetCalls();
    await program.run('start');

    expect(program.table).toEqual(bothServers);
    expect(program.calls.filter((call) => /^ {2}-[adDA] /.test(call))).toEqual([]);
  });

  test('obeys files of maintenance', async () => {
    const { program, port } = await running((port) => `maintenancedir = DIRECTORY\n${web(port)}`);
    await using _ = program;
    const directory = join(program.directory, 'maintenance');
    program.write(`maintenancedir = ${directory}\n${web(port)}`);
    await program.run('reload');
    writeFileSync(join(directory, `127.0.0.2:${port}`), '');
    await program.until('one is gone', () => program.table.join() === `${vip} wrr, 127.0.0.3:80 -g 3`);
    rmSync(join(directory, `127.0.0.2:${port}`));
    await program.until('one is back', () => program.table.length === 3);
  });

  test('tells the fallback command and the monitor file', async () => {
    const program = await install('');
    await using _ = program;
    const told = join(program.directory, 'told');
    const monitor = join(program.directory, 'monitor');
    const more = [`fallbackcommand = echo >> ${told}`, `monitorfile = "${monitor}"`];
    const server = await program.serve('127.0.0.2', 0, (__, response) => response.end('OKAY'));
    program.write(web(server.port, ...more));
    await program.run('start');
    await program.until('a server', () => program.table.includes(' 127.0.0.2:80 -g 1'));
    await program.until('stop was told', () => readFileSync(told, 'utf8').includes('stop'));

    expect(readFileSync(told, 'utf8')).toBe('start 192.0.2.80:80 tcp\nstop 192.0.2.80:80 tcp\n');
    const [up, down] = readFileSync(monitor, 'utf8')
      .split('\n')
      .sort((a, b) => Number(b.includes('[up]')) - Number(a.includes('[up]')));
    expect(up).toMatch(
      /^\[.{24}\] \[\d+\] negotiate http tcp 127.0.0.2 \d+ \d+ 1 GET \/ OKAY \[up\] 200 OK$/,
    );
    expect(down).toMatch(/ 127.0.0.3 .* \[down\] connect ECONNREFUSED 127.0.0.3:\d+$/);
  });
});

describe('the log', () => {
  test('names moment, instance and process, and how the program was called', async () => {
    await using program = await install(web(9));
    await program.run('start');
    const [called, started] = program.rawLog.split('\n');
    const stamp = '(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}';
    expect(called).toMatch(
      new RegExp(`^\\[${stamp}\\|ldirectord\\|\\d+\\] Invoking ldirectord invoked as: .*/ldirectord start $`),
    );
    expect(started).toMatch(
      new RegExp(`^\\[${stamp}\\|ldirectord\\|${program.pid}\\] Starting Linux Director v[\\d.]+ as daemon$`),
    );
  });

  test('of an instance with a file of its own has its name', async () => {
    await using program = await install('');
    program.write(web(9), 'web.cf');
    await program.run('web.cf', 'start');
    expect(existsSync(join(program.directory, 'run/ldirectord.web.cf.pid'))).toBe(true);
    await program.run('web.cf', 'stop');
    expect(program.rawLog).toContain('|web.cf|');
  });
});

describe('the foreground', () => {
  test('with -d has no pid file, and logs where it can be seen', async () => {
    await using program = await install(web(9));
    const foreground = program.foreground('-d', 'start');
    await program.until('the table', () => program.table.length === 2);
    expect(program.pid).toBeUndefined();
    expect(await foreground.stop()).toBe(0);
    expect(foreground.said.stdout).toBe('');
    expect(foreground.said.stderr).toContain('] Added virtual server: 192.0.2.80:80\n');
    expect(program.table).toEqual([]);
  });

  test('supervised logs to standard output, with nothing but the moment', async () => {
    await using program = await install(`supervised = yes\n${web(9)}`);
    const foreground = program.foreground('start');
    await program.until('the table', () => program.table.length === 2);
    expect(await foreground.stop()).toBe(0);
    expect(foreground.said.stdout).toMatch(/^\[[^|\]]{24}\] Starting Linux Director v[\d.]+ with pid: \d+\n/);
  });
});

describe('help', () => {
  test('goes to standard output when it was asked for', async () => {
    await using program = await install('');
    const { code, stdout, stderr } = await program.run('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^usage: ldirectord /);
  });

  test('goes to standard error after a mistake', async () => {
    await using program = await install('');
    const { code, stdout, stderr } = await program.run('strat');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^ldirectord: found command "strat"; nearest known name: start\nusage: /);
  });
});
