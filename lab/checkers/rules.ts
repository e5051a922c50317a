import { arpRowRules } from './arp/lvs-arp-01-05.ts';
import { lvsArp06 } from './arp/lvs-arp-06.ts';
import { lvsArp07 } from './arp/lvs-arp-07.ts';
import { lvsDr05 } from './arp/lvs-dr-05.ts';
import { lvsDr06 } from './arp/lvs-dr-06.ts';
import { lvsDr07 } from './arp/lvs-dr-07.ts';
import { lvsDr08 } from './arp/lvs-dr-08.ts';
import { lvsDr09 } from './arp/lvs-dr-09.ts';
import { lvsDr17 } from './arp/lvs-dr-17.ts';
import { lvsDr01 } from './lvs/lvs-dr-01.ts';
import { lvsDr02 } from './lvs/lvs-dr-02.ts';
import { lvsDr03 } from './lvs/lvs-dr-03.ts';
import { lvsDr04 } from './lvs/lvs-dr-04.ts';
import { lvsDr10 } from './lvs/lvs-dr-10.ts';
import { lvsDr11 } from './lvs/lvs-dr-11.ts';
import { lvsDr12 } from './lvs/lvs-dr-12.ts';
import { lvsDr13 } from './lvs/lvs-dr-13.ts';
import { lvsDr14 } from './lvs/lvs-dr-14.ts';
import { lvsDr15 } from './lvs/lvs-dr-15.ts';
import { lvsDr16 } from './lvs/lvs-dr-16.ts';
import { lvsGen01 } from './lvs/lvs-gen-01.ts';
import { lvsGen02 } from './lvs/lvs-gen-02.ts';
import { lvsGen03 } from './lvs/lvs-gen-03.ts';
import { lvsGen04 } from './lvs/lvs-gen-04.ts';
import { lvsGen05 } from './lvs/lvs-gen-05.ts';
import { lvsGen06 } from './lvs/lvs-gen-06.ts';
import { lvsGen07 } from './lvs/lvs-gen-07.ts';
import { lvsGen08 } from './lvs/lvs-gen-08.ts';
import { lvsGen09 } from './lvs/lvs-gen-09.ts';
import { lvsGen10 } from './lvs/lvs-gen-10.ts';
import { lvsGen11 } from './lvs/lvs-gen-11.ts';
import { lvsGen12 } from './lvs/lvs-gen-12.ts';
import { lvsGen13 } from './lvs/lvs-gen-13.ts';
import { sched01 } from './lvs/sched-01.ts';
import type { Rule } from './rule.ts';

/** Every rule, in the order of reports. A rule's file is named after its requirement. */
export const rules: readonly Rule[] = [
  lvsGen01,
  lvsGen02,
  lvsGen03,
  lvsGen04,
  lvsGen05,
  lvsGen06,
  lvsGen07,
  lvsGen08,
  lvsGen09,
  lvsGen10,
  lvsGen11,
  lvsGen12,
  lvsGen13,
  lvsDr01,
  lvsDr02,
  lvsDr03,
  lvsDr04,
  lvsDr05,
  lvsDr06,
  lvsDr07,
  lvsDr08,
  lvsDr09,
  lvsDr10,
  lvsDr11,
  lvsDr12,
  lvsDr13,
  lvsDr14,
  lvsDr15,
  lvsDr16,
  lvsDr17,
  lvsArp06,
  lvsArp07,
  sched01,
  ...arpRowRules,
];
