import { block } from './block.ts';
import { cut } from './cut.ts';
import { drop } from './drop.ts';
import { freeze } from './freeze.ts';
import { impair } from './impair.ts';
import { kill } from './kill.ts';
import { linkDown } from './link-down.ts';
import { partition } from './partition.ts';
import { powerOff } from './power-off.ts';
import { stepClock } from './step-clock.ts';
import { unplug } from './unplug.ts';

/** All faults there are, by the method's name. The methods, the command line and its help are made from this. */
export const faultKinds = {
  powerOff,
  freeze,
  kill,
  unplug,
  linkDown,
  cut,
  block,
  impair,
  drop,
  partition,
  stepClock,
} as const;
