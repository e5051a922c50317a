import { classicSetUp } from '../lab/subject/classic.ts';
import type { Subject } from '../lab/subject/subject.ts';

/*
 * A start for your own stack: copy this file, change it, and run
 *
 *   npx halab run --subject ./my-stack.ts
 *
 * Everything that happens on a node goes through `node`, and stands in the trace with its time:
 *   node.must(argv, { within })   runs a program that has to succeed
 *   node.run(argv, { within })    runs a program and gives exit code and both streams
 *   node.machine.put(path, content, { mode })   writes a file
 *   node.machine.get(path)        reads one
 */
export const myStack: Subject = {
  name: 'my-stack',
  version: '1.0',

  // What a node gets before anything starts: addresses, sysctls, routes, files. It is data, made from the
  // topology. `classicSetUp` is what every guide to LVS says: the VIP on the director's NIC and on the
  // loopback of each real server, ARP suppressed there, and /etc/ha.d/ldirectord.cf. Change what differs:
  //
  //   setUp: (intent) => ({ ...classicSetUp(intent), files: [{ path: '/etc/my.conf', text: render(intent), mode: 0o600 }] }),
  //
  // `intent.plan` has every node, address and virtual service; `intent.node` is the one that is set up.
  setUp: classicSetUp,

  // Puts your programs on a node. Leave it out when the guest image has them.
  install: async (node, { node: { role } }) => {
    if (role !== 'director') return;
    // await node.machine.put('/tmp/my-stack.deb', readFileSync('my-stack.deb'));
    // await node.must(['dpkg', '-i', '/tmp/my-stack.deb'], { within: 60_000 });
    await node.must(['true']);
  },

  // Starts it on a director. The lab then waits until the kernel's table is the intended one.
  start: async (node) => {
    await node.must(['ldirectord', 'ldirectord.cf', 'start'], { within: 60_000 });
  },

  // Stops it, and resolves when it is gone.
  stop: async (node) => {
    await node.must(['ldirectord', 'ldirectord.cf', 'stop'], { within: 60_000 });
  },

  // Optional: how it tells the neighbours, by gratuitous ARP, that an address has come to live here.
  announce: async (node, address, device) => {
    await node.must(['arping', '-q', '-U', '-c', '1', '-I', device, address]);
  },

  // Kept with the evidence of each test.
  logFiles: ['/var/log/ldirectord.log'],

  // Where it differs on purpose. The test still runs; its failure is reported as waived, with your reason.
  knownDeviations: {},
};
