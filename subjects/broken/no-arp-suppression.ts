import { alterSetUp } from '../../lab/subject/alter.ts';
import { stack } from '../stack.ts';

/** The VIP is on the loopback of the real servers, and nothing keeps them from answering for it. */
export const noArpSuppression = alterSetUp(stack, 'no-arp-suppression', 'realServer', (setUp) => ({
  ...setUp,
  sysctls: {},
}));

/** Requirements that fail, and no others. */
export const breaks = ['LVS-DR-05', 'LVS-DR-06'];

/** Nodes that findings name. */
export const guilty = ['web1', 'web2'];
