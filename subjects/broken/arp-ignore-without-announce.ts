import { alterSetUp } from '../../lab/subject/alter.ts';
import { arpSuppression } from '../../lab/subject/classic.ts';
import { stack } from '../stack.ts';

/** Real servers do not answer for the VIP, but name it when they ask for somebody. */
export const arpIgnoreWithoutAnnounce = alterSetUp(
  stack,
  'arp-ignore-without-announce',
  'realServer',
  (setUp) => ({ ...setUp, sysctls: arpSuppression(1, 0) }),
);

/** Requirements that fail, and no others. */
export const breaks = ['LVS-DR-06'];

/** Nodes that findings name. */
export const guilty = ['web1', 'web2'];
