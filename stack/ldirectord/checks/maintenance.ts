import { reverse } from 'node:dns/promises';
import { readdir } from 'node:fs/promises';
import type { CheckOutcome } from './check.ts';

/** How long the name of a server is looked for; without an answer only its address counts. */
const lookupMs = 2000;

const inMaintenance: CheckOutcome = { verdict: 'maintenance', message: 'Server in maintenance' };

/**
 * Whether a file in the directory takes the server out of service: one named for its address, its full
 * name or its short name, with or without the port.
 */
export async function checkMaintenance(
  directory: string,
  address: string,
  port: number,
): Promise<CheckOutcome | undefined> {
  // A directory that cannot be read takes nobody out of service.
  const files = new Set(await readdir(directory).catch(() => []));
  const isNamed = (name: string) => files.has(name) || files.has(`${name}:${port}`);
  if (isNamed(address)) return inMaintenance;
  if (files.size === 0) return undefined;
  const names = await Promise.race([reverse(address).catch(() => []), nothingAfter(lookupMs)]);
  return names.some((name) => isNamed(name) || isNamed(name.split('.')[0] ?? name))
    ? inMaintenance
    : undefined;
}

function nothingAfter(wait: number): Promise<readonly string[]> {
  return new Promise((resolve) => {
    setTimeout(() => resolve([]), wait).unref();
  });
}
