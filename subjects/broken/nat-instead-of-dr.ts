import { alterServices } from '../../lab/subject/alter.ts';
import { stack } from '../stack.ts';

/** The director rewrites the destination, and the real server answers with its own address. */
export const natInsteadOfDr = alterServices(stack, 'nat-instead-of-dr', (service) => ({
  ...service,
  forwarding: 'nat',
}));

/** Requirements that fail, and no others. */
export const breaks = ['LVS-DR-01', 'LVS-DR-02'];

/** Nodes that findings name. */
export const guilty = ['director'];
