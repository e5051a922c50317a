/**
 * The bundled program on this machine, with a directory of its own instead of /etc, /var and the kernel's
 * table (fake-ipvsadm.mjs). For tests.
 */
import { execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleStack } from '../../bundle.ts';
import { s } from '../../time.ts';
import { debianSettings, type Settings } from '../shell/settings.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long anything is waited for, in milliseconds; a busy machine needs a part of it. */
const patienceMs = 15_000;

export class Program implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'ldirectord-program-'));
  readonly #entry = join(this.directory, 'ldirectord');
  readonly #kernel = join(this.directory, 'kernel');
  readonly #servers: Server[] = [];

  private constructor() {
    for (const name of ['etc', 'run', 'kernel', 'maintenance']) mkdirSync(join(this.directory, name));
  }

  /** Installs the program, with `ldirectord.cf` as its only configuration. */
  static async installed(bundle: string, config: string): Promise<Program> {
    const program = new Program();
    const ipvsadm = join(program.directory, 'ipvsadm');
    const fake = join(import.meta.dirname, 'fake-ipvsadm.mjs');
    writeFileSync(ipvsadm, `#!/bin/sh\nexec ${process.execPath} ${fake} ${program.#kernel} "$@"\n`);
    chmodSync(ipvsadm, 0o755);
    const settings: Settings = {
      ...debianSettings,
      ipvsadm,
      procIpVs: join(program.#kernel, 'ip_vs'),
      runDirectory: join(program.directory, 'run'),
      logFile: join(program.directory, 'log'),
      configDirectories: [join(program.directory, 'etc')],
      startLimit: s(20),
      stopLimit: s(20),
    };
    const main = JSON.stringify(join(bundle, 'ldirectord.cjs'));
    writeFileSync(program.#entry, `require(${main}).program(${JSON.stringify(settings)});\n`);
    program.write(config);
    return program;
  }

  /** Writes a configuration. */
  write(config: string, name = 'ldirectord.cf'): string {
    const path = join(this.directory, 'etc', name);
    writeFileSync(path, config);
    return path;
  }

  /** Runs the program to its end. */
  run(...args: readonly string[]): Promise<Ended> {
    return new Promise((resolve) => {
      execFile(process.execPath, [this.#entry, ...args], { timeout: 30_000 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 128;
        resolve({ code, stdout, stderr });
      });
    });
  }

  /** Runs the program in the foreground; `stop` ends it with SIGTERM. */
  foreground(...args: readonly string[]) {
    const child = spawn(process.execPath, [this.#entry, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      said.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said.stderr += chunk.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const stop = () => {
      child.kill('SIGTERM');
      return ended;
    };
    return { said, stop };
  }

  /** A real server on the loopback; without `port`, any that is free. */
  async serve(
    address: string,
    port: number,
    listener: RequestListener,
  ): Promise<Server & { readonly port: number }> {
    const server = createServer(listener);
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    const bound = server.address();
    return Object.assign(server, { port: typeof bound === 'object' && bound !== null ? bound.port : 0 });
  }

  /** Ends a real server, with the connections it has. */
  async end(server: Server): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  get pid(): number | undefined {
    const text = this.#read('run/ldirectord.ldirectord.pid');
    return text === undefined ? undefined : Number(text);
  }

  get isAlive(): boolean {
    const { pid } = this;
    return pid !== undefined && isAlive(pid);
  }

  /** `-t 192.0.2.80:80 wrr`, and below it ` 127.0.0.2:80 -g 1` for each server, newest first. */
  get table(): readonly string[] {
    const services = JSON.parse(this.#read('kernel/table') ?? '[]') as readonly FakeService[];
    return services.flatMap(({ key, scheduler, servers }) => [
      `${key} ${scheduler}`,
      ...servers.map(({ target, method, weight }) => ` ${target} ${method} ${weight}`),
    ]);
  }

  /** Runs of ipvsadm; indented below, what each read. */
  get calls(): readonly string[] {
    return (this.#read('kernel/calls') ?? '').split('\n').filter((line) => line !== '');
  }

  forgetCalls(): void {
    rmSync(join(this.#kernel, 'calls'), { force: true });
  }

  /** Lines of the log without their prefix. */
  get log(): readonly string[] {
    const lines = (this.#read('log') ?? '').split('\n').filter((line) => line !== '');
    return lines.map((line) => line.replace(/^\[[^\]]*\] /, ''));
  }

  get rawLog(): string {
    return this.#read('log') ?? '';
  }

  /** Makes the kernel refuse commands that begin so. */
  refuse(...starts: readonly string[]): void {
    writeFileSync(join(this.#kernel, 'refuse'), starts.join('\n'));
  }

  /** Somebody else calls ipvsadm. */
  meddle(...args: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      execFile(join(this.directory, 'ipvsadm'), args, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  }

  /** Waits until something is so; says what was there instead when it does not come. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!isSo()) {
      if (performance.now() > deadline) {
        throw new Error(
          [`waited in vain: ${what}`, ...this.table, '', ...this.log, '', ...this.calls].join('\n'),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid } = this;
    if (pid !== undefined && this.isAlive) process.kill(pid, 'SIGKILL');
    for (const server of this.#servers) await this.end(server);
    rmSync(this.directory, { recursive: true, force: true });
  }

  #read(name: string): string | undefined {
    const path = join(this.directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }
}

/** A dead process that nobody has waited for yet has no command line. */
export function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/cmdline`;
  return existsSync(path) && readFileSync(path, 'utf8') !== '';
}

interface FakeService {
  readonly key: string;
  readonly scheduler: string;
  readonly servers: readonly { readonly target: string; readonly method: string; readonly weight: string }[];
}

/** Bundles the stack into a directory of its own, for as long as the tests run. */
export async function bundledStack(): Promise<{ readonly path: string; readonly remove: () => void }> {
  const path = mkdtempSync(join(tmpdir(), 'ldirectord-bundle-'));
  await bundleStack(path);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
