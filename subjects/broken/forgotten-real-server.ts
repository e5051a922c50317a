import { alterServices } from '../../lab/subject/alter.ts';
import { stack } from '../stack.ts';

/** The director's configuration lacks the last real server. */
export const forgottenRealServer = alterServices(stack, 'forgotten-real-server', (service) => ({
  ...service,
  realServers: service.realServers.slice(0, -1),
}));

/** Requirements that fail, and no others. */
export const breaks = ['LVS-GEN-06'];

/** Nodes that findings name. */
export const guilty = ['director'];
