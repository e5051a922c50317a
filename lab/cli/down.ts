import { LabError } from '../errors.ts';
import { endLab } from '../interactive/end-lab.ts';
import { chooseLab, runningLabs } from '../interactive/running-labs.ts';

/** `halab down [LAB]`: resolves when nothing of the lab is left. */
export async function down(name: string | undefined, options: { readonly all?: true }): Promise<number> {
  if (options.all && name !== undefined) {
    throw new LabError('LAB_USAGE', `--all ends every lab: leave out "${name}" or --all`);
  }
  const running = runningLabs();
  const labs = options.all ? running : [chooseLab(running, name)];
  if (labs.length === 0) console.log('no lab is running');
  for (const lab of labs) {
    await endLab(lab);
    console.log(`lab ${lab.name} is down`);
  }
  return 0;
}
