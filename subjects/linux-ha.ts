import { classicSetUp } from '../lab/subject/classic.ts';
import type { Subject } from '../lab/subject/subject.ts';

/** The original: Debian's ldirectord (resource-agents) and ipvsadm, which the guest image holds. */
export const linuxHa: Subject = {
  name: 'linux-ha',
  version: 'Debian 12',
  setUp: classicSetUp,
  start: async (node) => {
    await node.must(['ldirectord', 'ldirectord.cf', 'start'], { within: 60_000 });
  },
  stop: async (node) => {
    await node.must(['ldirectord', 'ldirectord.cf', 'stop'], { within: 60_000 });
    // The original's stop returns before the daemon is gone.
    await node.must(['sh', '-c', 'while [ -e /var/run/ldirectord.ldirectord.pid ]; do sleep 0.1; done'], {
      within: 60_000,
    });
  },
  announce: async (node, address, device) => {
    await node.must([
      '/usr/libexec/heartbeat/send_arp',
      '-i',
      '200',
      '-r',
      '3',
      device,
      address,
      'auto',
      'x',
      'x',
    ]);
  },
  logFiles: ['/var/log/ldirectord.log'],
};
