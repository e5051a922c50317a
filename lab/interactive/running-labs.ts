import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../errors.ts';
import { acquireLock } from '../lock.ts';
import { isAlive, type ProcessIdentity } from '../process-identity.ts';
import { listRunDirectories, runBase } from '../run-directory.ts';
import { unknownName } from '../wires/nearest-name.ts';

/*
 * A lab that somebody works in by hand has a name. Its owner keeps a card in its run directory, beside the socket
 * that commands talk to; a card whose owner is dead is no lab.
 */

export interface RunningLab extends LabCard {
  readonly owner: ProcessIdentity;
  readonly controlPath: string;
}

interface LabCard {
  readonly name: string;
  readonly topology: string;
  readonly startedAt: string;
}

export function controlPath(directory: string): string {
  return join(directory, 'control');
}

const cardPath = (directory: string) => join(directory, 'lab.json');

export function runningLabs(base = runBase()): readonly RunningLab[] {
  return listRunDirectories(base).flatMap(({ path, owner }) => {
    const card = isAlive(owner) ? readCard(path) : undefined;
    return card === undefined ? [] : [{ ...card, owner, controlPath: controlPath(path) }];
  });
}

/** The lab that is meant: the one named, or the only one there is. */
export function chooseLab<Lab extends Pick<RunningLab, 'name'>>(
  labs: readonly Lab[],
  name: string | undefined,
): Lab {
  const [first, ...others] = labs;
  if (first === undefined) {
    throw new LabError('LAB_USAGE', 'no lab is running; `halab up TOPOLOGY` starts one');
  }
  const names = labs.map((lab) => lab.name);
  if (name === undefined) {
    if (others.length === 0) return first;
    throw new LabError(
      'LAB_USAGE',
      `${labs.length} labs are running (${names.join(', ')}): say which one is meant`,
    );
  }
  const chosen = labs.find((lab) => lab.name === name);
  if (chosen === undefined) throw new LabError('LAB_USAGE', unknownName('running lab', name, names));
  return chosen;
}

/** Letters and digits of shell words and file names. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/** Rejects a name that cannot be had: a malformed one, or that of another lab. */
export function checkName(name: string, labs: readonly RunningLab[]): void {
  if (!namePattern.test(name)) {
    throw new LabError(
      'LAB_USAGE',
      `a lab cannot be called "${name}": up to 40 letters, digits, ".", "_" and "-" are allowed, a letter or digit first`,
    );
  }
  const taken = labs.find((lab) => lab.name === name);
  if (taken === undefined) return;
  throw new LabError(
    'LAB_USAGE',
    `a lab called "${name}" is running already (process ${taken.owner.pid}); \`halab down ${name}\` ends it`,
  );
}

/** The wish, or with a number behind it the first one that is free. */
export function freeName(wish: string, labs: readonly Pick<RunningLab, 'name'>[]): string {
  const taken = new Set(labs.map(({ name }) => name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wish : `${wish}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/**
 * Puts the card of a lab into its owner's directory. Two owners that want one name at one moment do not both
 * get it: the later one is refused, or gets a number when it has not insisted.
 */
export async function claimName(
  directory: string,
  wish: { readonly name?: string; readonly topology: string },
  startedAt: string,
  base = runBase(),
): Promise<string> {
  await using _lock = await acquireLock(join(base, 'names'));
  const labs = runningLabs(base);
  if (wish.name !== undefined) checkName(wish.name, labs);
  const name = wish.name ?? freeName(wish.topology, labs);
  const card: LabCard = { name, topology: wish.topology, startedAt };
  writeFileSync(cardPath(directory), JSON.stringify(card));
  return name;
}

function readCard(directory: string): LabCard | undefined {
  try {
    return JSON.parse(readFileSync(cardPath(directory), 'utf8')) as LabCard;
  } catch {
    // No lab of this kind, or one that is just being made or removed.
    return undefined;
  }
}
