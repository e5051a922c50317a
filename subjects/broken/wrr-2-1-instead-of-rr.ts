import { alterServices } from '../../lab/subject/alter.ts';
import { stack } from '../stack.ts';

/** One real server gets twice the connections of the other. */
export const wrr21InsteadOfRr = alterServices(stack, 'wrr-2-1-instead-of-rr', (service) => ({
  ...service,
  scheduler: 'wrr',
  realServers: service.realServers.map((server, index) => ({ ...server, weight: index === 0 ? 2 : 1 })),
}));

/** Requirements that fail, and no others. */
export const breaks = ['LVS-GEN-06', 'SCHED-01'];

/** Nodes that findings name. */
export const guilty = ['director'];
