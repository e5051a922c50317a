import type { Requirement } from './requirement.ts';
import { linux } from './sources.ts';

/** Which real server a new connection goes to. */
export const sched = [
  {
    id: 'SCHED-01',
    level: 'must',
    statement:
      'Under rr, new connections go to the real servers in turn, beginning with the one added last and passing over weight 0.',
    source: linux('net/netfilter/ipvs/ip_vs_rr.c'),
    topologies: ['lvs-dr'],
    shownBy: 'wire',
  },
] as const satisfies readonly Requirement[];
