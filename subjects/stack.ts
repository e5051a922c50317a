import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classicSetUp } from '../lab/subject/classic.ts';
import type { Subject } from '../lab/subject/subject.ts';
import { packStack } from '../stack/bundle.ts';

/** Where the package is unpacked on a director. */
const home = '/opt/halab-stack';

let packed: Promise<Buffer> | undefined;

/** Our own stack, packed from the sources as they are now and installed like any vendor's. */
export const stack: Subject = {
  name: 'stack',
  version: '0.1.0',
  setUp: classicSetUp,
  install: async (node, { node: { role } }) => {
    if (role !== 'director') return;
    packed ??= pack();
    await node.machine.put('/tmp/halab-stack.tgz', await packed);
    await node.must([
      'sh',
      '-c',
      `mkdir -p ${home} && tar -xzf /tmp/halab-stack.tgz -C ${home} --strip-components=1`,
    ]);
  },
  start: async (node) => {
    await node.must([`${home}/bin/ldirectord`, 'ldirectord.cf', 'start'], { within: 60_000 });
  },
  stop: async (node) => {
    await node.must([`${home}/bin/ldirectord`, 'ldirectord.cf', 'stop'], { within: 60_000 });
  },
  announce: async (node, address, device) => {
    await node.must(['arping', '-q', '-U', '-c', '1', '-I', device, address]);
  },
  logFiles: ['/var/log/ldirectord.log'],
};

async function pack(): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), 'halab-stack-'));
  try {
    const file = join(directory, 'stack.tgz');
    await packStack(file);
    return readFileSync(file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
