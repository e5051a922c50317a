import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostSources, parseDeb822, parseOneLine, renderSources } from './apt-sources.ts';

test('the classic form is read with and without options', () => {
  const text = [
    'deb http://mirror.example/debian bookworm main contrib # comment',
    'deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] http://mirror.example/sec bookworm-security main',
    'deb-src http://mirror.example/debian bookworm main',
    '# deb http://mirror.example/debian bookworm main',
  ].join('\n');
  expect(parseOneLine(text)).toEqual([
    { uri: 'http://mirror.example/debian', suite: 'bookworm', components: ['main', 'contrib'] },
    {
      uri: 'http://mirror.example/sec',
      suite: 'bookworm-security',
      components: ['main'],
      signedBy: '/usr/share/keyrings/k.gpg',
    },
  ]);
});

test('a paragraph gives one source for each address and suite, and none when disabled', () => {
  const text = [
    'Types: deb deb-src',
    '# a remark',
    'URIs: http://a.example/debian http://b.example/debian',
    'Suites: bookworm bookworm-updates',
    'Components: main',
    '',
    'Enabled: no',
    'Types: deb',
    'URIs: http://c.example/debian',
    'Suites: bookworm',
    'Components: main',
  ].join('\n');
  expect(parseDeb822(text).map(({ uri, suite }) => `${uri} ${suite}`)).toEqual([
    'http://a.example/debian bookworm',
    'http://a.example/debian bookworm-updates',
    'http://b.example/debian bookworm',
    'http://b.example/debian bookworm-updates',
  ]);
});

test('only the wanted suite with its updates, and only Debian itself, is taken from a host', () => {
  const etc = mkdtempSync(join(tmpdir(), 'halab-apt-'));
  try {
    mkdirSync(join(etc, 'sources.list.d'));
    writeFileSync(join(etc, 'sources.list'), 'deb http://old.example/debian bullseye main\n');
    writeFileSync(
      join(etc, 'sources.list.d', 'debian.sources'),
      'Types: deb\nURIs: http://m.example/debian\nSuites: bookworm bookworm-backports\nComponents: main\n',
    );
    writeFileSync(
      join(etc, 'sources.list.d', 'other.list'),
      'deb http://tool.example/linux bookworm stable\n',
    );
    writeFileSync(
      join(etc, 'sources.list.d', 'off.sources.disabled'),
      'Types: deb\nURIs: http://x\nSuites: bookworm\nComponents: main\n',
    );
    expect(renderSources(hostSources('bookworm', etc))).toBe('deb http://m.example/debian bookworm main\n');
  } finally {
    rmSync(etc, { recursive: true });
  }
});
