import { LabError } from '../errors.ts';
import { faultHelp, faultNames, faultTable } from '../faults/fault-help.ts';
import { askLab } from '../interactive/control-client.ts';
import type { FaultInfo } from '../interactive/control-protocol.ts';
import { chooseLab, runningLabs } from '../interactive/running-labs.ts';
import { unknownName } from '../wires/nearest-name.ts';

const overview = `Usage: halab fault [--lab LAB] NAME …
       halab fault [--lab LAB] list

breaks something in a running lab; \`halab heal\` mends it

Faults:
${faultTable()}

\`halab fault NAME --help\` tells all about one; \`halab fault list\` shows those that are active.`;

const usageExit = 2;

/** `halab fault NAME …` and `halab fault list`. */
export async function fault(words: readonly string[], options: { readonly lab?: string }): Promise<number> {
  const [name] = words;
  if (words.length === 0 || words.some((word) => word === '--help' || word === '-h')) {
    console.log(helpOn(name));
    return name === undefined ? usageExit : 0;
  }
  const lab = chooseLab(runningLabs(), options.lab);
  if (name === 'list') {
    if (words.length > 1)
      throw new LabError('LAB_USAGE', `fault list takes nothing more: found "${words[1]}"`);
    const { faults } = await askLab(lab, { op: 'status' });
    console.log(faults.length === 0 ? 'no fault is active' : faults.map(faultText).join('\n'));
    return 0;
  }
  console.log(faultText(await askLab(lab, { op: 'fault', words })));
  return 0;
}

function faultText({ id, description, injectedAtMs }: FaultInfo): string {
  return `${id}  ${description}, since +${(injectedAtMs / 1000).toFixed(3)} s`;
}

function helpOn(name = '--help'): string {
  if (name.startsWith('-') || name === 'list') return overview;
  const page = faultHelp(name);
  if (page === undefined) throw new LabError('LAB_USAGE', unknownName('fault', name, faultNames));
  return page;
}
