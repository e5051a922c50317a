import { createHash } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';
import { resolve } from 'node:path';

/**
 * A lock that dies with its holder: a listening socket in Linux's abstract namespace, named after a path.
 * The kernel removes it when the process ends in whatever way, so there are no stale locks; a waiter
 * connects and is woken by the connection's end.
 */
export interface HeldLock extends AsyncDisposable {
  release(): Promise<void>;
}

export interface LockOptions {
  /** Called once when another process holds the lock, with its pid. */
  readonly onWait?: (holder: string) => void;
}

export async function acquireLock(path: string, options: LockOptions = {}): Promise<HeldLock> {
  const name = `\0halab-${createHash('sha256').update(resolve(path)).digest('hex').slice(0, 32)}`;
  let told = false;
  for (;;) {
    const server = await listen(name);
    if (server !== undefined) return held(server);
    await untilReleased(name, (holder) => {
      if (!told) options.onWait?.(holder);
      told = true;
    });
  }
}

function held(server: Server): HeldLock {
  const waiters = new Set<import('node:net').Socket>();
  server.on('connection', (socket) => {
    waiters.add(socket);
    socket.on('error', () => {}).on('close', () => waiters.delete(socket));
    socket.write(`${process.pid}\n`);
  });
  // A forgotten lock must not keep its process alive.
  server.unref();
  const release = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      for (const waiter of waiters) waiter.destroy();
    });
  return { release, [Symbol.asyncDispose]: release };
}

function listen(name: string): Promise<Server | undefined> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? done(undefined) : fail(error),
    );
    server.listen(name, () => done(server));
  });
}

function untilReleased(name: string, tell: (holder: string) => void): Promise<void> {
  return new Promise((done) => {
    const socket = connect(name);
    socket.on('data', (bytes) => tell(bytes.toString().trim()));
    socket.on('error', () => {});
    socket.on('close', () => done());
  });
}
