import { alterServices } from '../../lab/subject/alter.ts';
import { stack } from '../stack.ts';

/** The scheduler counts open connections: no different from rr while requests come one after another. */
export const wlcInsteadOfRr = alterServices(stack, 'wlc-instead-of-rr', (service) => ({
  ...service,
  scheduler: 'wlc',
}));

/** Requirements that fail, and no others. */
export const breaks = ['SCHED-01'];

/** Nodes that findings name. */
export const guilty = ['director'];
