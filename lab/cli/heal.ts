import { askLab } from '../interactive/control-client.ts';
import { chooseLab, runningLabs } from '../interactive/running-labs.ts';

/** `halab heal [ID|all]`; without either, the only fault there is. */
export async function heal(which: string | undefined, options: { readonly lab?: string }): Promise<number> {
  const lab = chooseLab(runningLabs(), options.lab);
  const healed = await askLab(lab, { op: 'heal', ...(which === undefined ? {} : { which }) });
  if (healed.length === 0) console.log('no fault is active');
  for (const { id, description } of healed) console.log(`${id}  healed: ${description}`);
  return 0;
}
