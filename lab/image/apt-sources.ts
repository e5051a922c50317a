import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One "deb" line as apt takes it. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  readonly signedBy?: string;
}

/**
 * The host's own sources for a Debian suite and its updates, so that the image comes from the mirror that
 * this machine is set up to use. Empty on a host of another distribution or release.
 */
export function hostSources(suite: string, etcApt = '/etc/apt'): readonly AptSource[] {
  const files = [join(etcApt, 'sources.list')];
  const parts = join(etcApt, 'sources.list.d');
  if (existsSync(parts))
    files.push(
      ...readdirSync(parts)
        .sort()
        .map((name) => join(parts, name)),
    );
  const wanted = new Set([suite, `${suite}-updates`, `${suite}-security`]);
  return files
    .filter((file) => existsSync(file))
    .flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      if (file.endsWith('.sources')) return parseDeb822(text);
      return file.endsWith('.list') ? parseOneLine(text) : [];
    })
    .filter((source) => wanted.has(source.suite) && source.components.includes('main'));
}

/** The classic form: `deb [options] uri suite component…` (sources.list(5)). */
export function parseOneLine(text: string): readonly AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /signed-by=(\S+)/.exec(options)?.[1];
    return [source(uri, suite, components, signedBy)];
  });
}

/** The paragraph form with fields Types, URIs, Suites, Components, Signed-By, Enabled (sources.list(5)). */
export function parseDeb822(text: string): readonly AptSource[] {
  return text.split(/\n\s*\n/).flatMap((paragraph) => {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of paragraph.split('\n')) {
      if (line.startsWith('#')) continue;
      const match = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
      if (match !== null) {
        last = (match[1] ?? '').toLowerCase();
        fields.set(last, match[2] ?? '');
      } else if (/^\s/.test(line) && last !== '') {
        fields.set(last, `${fields.get(last) ?? ''}\n${line}`);
      }
    }
    if (fields.get('enabled')?.toLowerCase() === 'no') return [];
    if (!words(fields.get('types')).includes('deb')) return [];
    const signedBy = fields.get('signed-by');
    // A key that stands in the file itself cannot be handed on as a path.
    const keyring = signedBy?.startsWith('/') === true ? signedBy : undefined;
    return words(fields.get('uris')).flatMap((uri) =>
      words(fields.get('suites')).map((suite) => source(uri, suite, fields.get('components') ?? '', keyring)),
    );
  });
}

export function renderSources(sources: readonly AptSource[]): string {
  return sources
    .map(({ uri, suite, components, signedBy }) => {
      const options = signedBy === undefined ? '' : `[signed-by=${signedBy}] `;
      return `deb ${options}${uri} ${suite} ${components.join(' ')}\n`;
    })
    .join('');
}

function source(uri: string, suite: string, components: string, signedBy: string | undefined): AptSource {
  return { uri, suite, components: words(components), ...(signedBy === undefined ? {} : { signedBy }) };
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
