import { alterServices } from '../../lab/subject/alter.ts';
import { stack } from '../stack.ts';

/** The scheduler hashes the client's address, so one client always meets the same real server. */
export const shInsteadOfRr = alterServices(stack, 'sh-instead-of-rr', (service) => ({
  ...service,
  scheduler: 'sh',
}));

/** Requirements that fail, and no others. */
export const breaks = ['LVS-GEN-06', 'SCHED-01'];

/** Nodes that findings name. */
export const guilty = ['director'];
