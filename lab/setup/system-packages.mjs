import { accessSync, constants, existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/*
 * What the lab needs from the system, by the file that shows that it is there. A program that somebody put
 * into /usr/local counts as well as a package does, so the package database is not asked.
 */
export const systemPackages = [
  { name: 'qemu-system-x86', file: 'qemu-system-x86_64', purpose: 'runs the machines of a lab' },
  { name: 'mmdebstrap', file: 'mmdebstrap', purpose: 'builds the guest image' },
  { name: 'erofs-utils', file: 'mkfs.erofs', purpose: 'packs the guest image' },
  {
    name: 'debian-archive-keyring',
    file: '/usr/share/keyrings/debian-archive-keyring.gpg',
    purpose: 'proves that the packages of the guest image are Debian’s',
  },
  {
    name: 'uidmap',
    file: 'newuidmap',
    purpose: 'lets an ordinary user build the guest image',
    unlessRoot: true,
  },
  { name: 'util-linux', file: 'setpriv', purpose: 'ends machines together with the lab that owns them' },
  {
    name: 'tcpdump',
    file: 'tcpdump',
    purpose: 'is what the tests compare the dissector with',
    testsOnly: true,
  },
  {
    name: 'tshark',
    file: 'tshark',
    purpose: 'is what the tests compare the dissector with',
    testsOnly: true,
  },
];

/** Directories of system programs that an ordinary user's PATH may lack. */
const alwaysSearched = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** Full path of a program, or undefined. */
export function findProgram(name, path = process.env.PATH ?? '') {
  return path
    .split(':')
    .filter((directory) => directory !== '')
    .concat(alwaysSearched)
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The entries of the table above that this machine lacks. */
export function missingPackages({ isRoot, withTests, path = process.env.PATH ?? '' }) {
  return systemPackages.filter(
    ({ file, unlessRoot = false, testsOnly = false }) =>
      !(unlessRoot && isRoot) &&
      !(testsOnly && !withTests) &&
      !(isAbsolute(file) ? existsSync(file) : findProgram(file, path) !== undefined),
  );
}

/** What a person would paste to install packages by name. */
export function installCommand(names, { isRoot }) {
  const sudo = isRoot ? '' : 'sudo ';
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${names.join(' ')}`;
}
