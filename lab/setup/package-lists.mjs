import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Older lists are fetched again: a mirror removes the versions that they name. */
const freshMs = 24 * 60 * 60 * 1000;

/** Whether apt knows what its mirrors have. Fresh images of Debian come without any lists. */
export function listsAreFresh({ now, directory = '/var/lib/apt/lists' }) {
  try {
    const hasLists = readdirSync(directory).some((name) => name.includes('_Packages'));
    // The lists keep their mirror's dates; the directories change whenever apt looks for newer ones.
    const lookedAt = Math.max(
      ...[directory, join(directory, 'partial')].map((path) => statSync(path).mtimeMs),
    );
    return hasLists && now - lookedAt < freshMs;
  } catch {
    return false;
  }
}
