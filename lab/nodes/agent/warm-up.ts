import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerRequest } from './serve.ts';
import { visit } from './visit.ts';

/**
 * Runs the traffic code on loopback before the golden snapshot is taken, so that restored nodes have it
 * compiled and their first request costs what the hundredth does.
 */
export async function warmUp(): Promise<void> {
  const server = createServer((incoming, outgoing) => answerRequest('warm', incoming, outgoing));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  const { port } = server.address() as AddressInfo;
  await visit({ op: 'visit', address: '127.0.0.1', port, count: 100, timeoutMs: 10_000 });
  await new Promise<void>((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}

/** A new NIC shows up some time after it was plugged; /sys has no events, so it is looked at every few milliseconds. */
const lookAgainMs = 4;

/** Waits for NICs by MAC address and gives the kernel's name of each, in the order asked. */
export async function awaitNics(macs: readonly string[], timeoutMs: number): Promise<readonly string[]> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const names = namesByMac();
    if (macs.every((mac) => names.has(mac))) return macs.map((mac) => names.get(mac) ?? '');
    if (performance.now() > deadline) {
      const missing = macs.filter((mac) => !names.has(mac));
      throw new Error(`no NIC with address ${missing.join(', ')} appeared within ${timeoutMs} ms`);
    }
    await new Promise((done) => setTimeout(done, lookAgainMs));
  }
}

function namesByMac(): Map<string, string> {
  const names = new Map<string, string>();
  for (const name of readdirSync('/sys/class/net')) {
    if (name === 'lo') continue;
    try {
      names.set(readFileSync(`/sys/class/net/${name}/address`, 'utf8').trim(), name);
    } catch {
      // The NIC went away between the two looks.
    }
  }
  return names;
}
