import { type Breach, isSource, isTest, type TreeFile } from './source-tree.ts';

interface Ban {
  readonly pattern: RegExp;
  readonly where: (file: TreeFile) => boolean;
  /** What to do instead, or why it may not be. */
  readonly instead: string;
  /** Counts in comments as well as in code. */
  readonly inComments?: true;
}

const isPure = (file: TreeFile) =>
  isSource(file) &&
  (file.path.startsWith('stack/') || (file.path.startsWith('lab/checkers/') && !isTest(file)));

/** Words that tell of the making of a file and not of what it is. This list has to name them. */
const isOutsideThisList = ({ path }: TreeFile) =>
  !path.startsWith('lab/tidy') && path !== 'package-lock.json';

const bans: readonly Ban[] = [
  {
    pattern: /\bsetTimeout\b|\bsetInterval\b|\bsleep\s*\(/,
    where: (file) => isSource(file) && file.path.startsWith('suites/'),
    instead:
      'a suite does not wait for time to pass: wait for what is to happen, or say throughout what is to stay',
  },
  { pattern: /\bDate\.now\b/, where: isPure, instead: 'take the time as an argument called now' },
  { pattern: /\bMath\.random\b/, where: isPure, instead: 'take a seeded random source as an argument' },
  {
    pattern: /\bconsole\.(log|info|debug)\s*\(/,
    where: (file) =>
      isSource(file) &&
      !isTest(file) &&
      !['lab/cli/', 'lab/setup/', 'bench/'].some((folder) => file.path.startsWith(folder)),
    instead: 'return a value or throw a typed error; only lab/cli, lab/setup and bench print',
  },
  {
    pattern: /\bp[k]ill\b|\bkill[a]ll\b/,
    where: isOutsideThisList,
    instead: 'end processes by the pid that was noted when they were started',
    inComments: true,
  },
  {
    pattern: /\bregistry(?:-\d)?\.[a-z0-9-]+\.(?:org|com|io|net|dev)\b|\b(?:ghcr|quay|gcr)\.io\b/i,
    where: isOutsideThisList,
    instead: 'the user’s own npm and engine know their registries',
    inComments: true,
  },
  {
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/,
    where: (file) => isOutsideThisList(file) && (isSource(file) || file.path.endsWith('.md')),
    instead: 'do it or leave it; nobody reads reminders',
    inComments: true,
  },
  {
    pattern:
      /\bas (?:requested|instructed|discussed|agreed)\b|\bthe (?:brief|prompt|lead)\b|\bsub-?agents?\b|\blanguage model\b|\bassistant\b|\b(?:issue|ticket) #?\d|(?<![\w.])\/work\//i,
    where: (file) => isOutsideThisList(file) && (isSource(file) || /\.(md|json|sh)$/.test(file.path)),
    instead: 'the tree speaks of itself, not of how it was made or where',
    inComments: true,
  },
];

export function checkBannedText(files: readonly TreeFile[]): readonly Breach[] {
  return files.flatMap((file) => {
    const applicable = bans.filter(({ where }) => where(file));
    if (applicable.length === 0) return [];
    return file.text.split('\n').flatMap((line, index) =>
      applicable.flatMap(({ pattern, instead, inComments }) => {
        const found = inComments !== true && isComment(line) ? null : pattern.exec(line);
        return found === null
          ? []
          : [{ file: file.path, line: index + 1, text: `has "${found[0].trim()}"; ${instead}` }];
      }),
    );
  });
}

function isComment(line: string): boolean {
  return /^\s*(?:\/\/|\/?\*)/.test(line);
}
