import { askLab } from '../interactive/control-client.ts';
import type { LabStatus } from '../interactive/lab-status.ts';
import { type RunningLab, runningLabs } from '../interactive/running-labs.ts';
import { labsText } from '../interactive/status-text.ts';

/** `halab ps`: the labs that were brought up by hand. */
export async function ps(options: { readonly json?: true }): Promise<number> {
  const labs = await statusOfAll(runningLabs());
  if (options.json) console.log(JSON.stringify(labs, null, 2));
  else if (labs.length === 0) console.log('no lab is running; `halab up TOPOLOGY` starts one');
  else console.log(labsText(labs, Date.now()));
  return 0;
}

/** A lab that ends while it is asked is none. */
async function statusOfAll(labs: readonly RunningLab[]): Promise<readonly LabStatus[]> {
  const answers = await Promise.all(labs.map((lab) => askLab(lab, { op: 'status' }).catch(() => undefined)));
  return answers.filter((status) => status !== undefined);
}
