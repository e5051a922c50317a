import { describe, expect, test } from 'vitest';
import { missingPackages, systemPackages } from '../../setup/system-packages.mjs';
import type { MachineFacts } from './facts.ts';
import { judgeMachine } from './findings.ts';
import { versionIn } from './look.ts';

const snapshot = {
  key: 's1',
  accelerator: 'tcg',
  memoryMb: 256,
  qemu: '7.2',
  bytes: 2e8,
  usedAt: 0,
  directory: '/c/golden/s1',
};
const image = {
  id: '8fb04c8f630c8405',
  isCurrent: true,
  builtAt: '2024-02-01T10:20:30.000Z',
  kernel: '6.1.0-1-cloud-amd64',
  bytes: 3.77e8,
  directory: '/c/images/8fb04c8f630c8405',
  snapshots: [snapshot],
};

/** A machine that has everything. */
const wellEquipped: MachineFacts = {
  system: { platform: 'linux', arch: 'x64', kernel: '6.1.0' },
  isRoot: false,
  node: { running: '24.21.0', guests: '24.21.0' },
  versions: { 'qemu-system-x86': '7.2.22' },
  missing: [],
  kvmDevice: 'usable',
  accelerator: { accelerator: 'kvm', reason: 'a probe guest ran under KVM' },
  stored: { images: [image], leftovers: [] },
  cache: { directory: '/home/u/.cache/halab', isWritable: true, freeBytes: 50e9 },
  containerEngine: { program: 'docker', socket: 'usable' },
  cores: 8,
  memory: { availableBytes: 12e9, totalBytes: 16e9 },
  canTieProcesses: true,
  runBase: { path: '/tmp/halab-1000', problem: undefined },
  liveLabs: 0,
};

const stateOf = (facts: MachineFacts, name: string) =>
  judgeMachine(facts).findings.find((finding) => finding.name === name);
const packagesNamed = (...names: readonly string[]) =>
  systemPackages.filter(({ name }) => names.includes(name));

describe('a machine that has everything', () => {
  test('can run the gate and needs no command', () => {
    const { findings, canRunGate, fix } = judgeMachine(wellEquipped);
    expect({ canRunGate, fix }).toEqual({ canRunGate: true, fix: undefined });
    expect(findings.filter(({ state }) => state !== 'present')).toEqual([]);
  });
});

describe('a fresh machine', () => {
  const fresh: MachineFacts = {
    ...wellEquipped,
    node: { running: '24.21.0', guests: undefined },
    missing: missingPackages({ isRoot: false, withTests: true, path: '/nonexistent' }).filter(
      ({ file }) => !file.startsWith('/'),
    ),
    accelerator: undefined,
    stored: { images: [], leftovers: [] },
  };

  test('gets one command for all that is missing', () => {
    const { canRunGate, fix } = judgeMachine({
      ...fresh,
      missing: packagesNamed('qemu-system-x86', 'tshark'),
    });
    expect(canRunGate).toBe(false);
    expect(fix).toBe(
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends qemu-system-x86 tshark' +
        ' && npm ci && npx halab image build',
    );
  });

  test('says what each missing package is for', () => {
    expect(stateOf({ ...fresh, missing: packagesNamed('mmdebstrap') }, 'mmdebstrap')).toEqual({
      name: 'mmdebstrap',
      state: 'missing',
      text: 'not installed; it builds the guest image',
    });
  });
});

describe('what the gate can do without', () => {
  test.for([
    ['tcpdump', { missing: packagesNamed('tcpdump') }],
    ['KVM', { kvmDevice: 'missing', accelerator: undefined }],
    ['KVM', { kvmDevice: 'forbidden', accelerator: undefined }],
    ['KVM', { accelerator: { accelerator: 'tcg', reason: '/dev/kvm exists, but a guest hung' } }],
    ['guest image', { stored: { images: [{ ...image, isCurrent: false }], leftovers: [] } }],
    ['golden snapshots', { stored: { images: [{ ...image, snapshots: [] }], leftovers: [] } }],
    ['container engine', { containerEngine: undefined }],
    ['container engine', { containerEngine: { program: 'docker', socket: 'missing' } }],
  ] as const satisfies readonly (readonly [string, Partial<MachineFacts>])[])(
    '%s is absent, not missing',
    ([name, change]) => {
      const facts = { ...wellEquipped, ...change };
      expect(stateOf(facts, name)?.state).toBe('absent');
      expect(judgeMachine(facts).canRunGate).toBe(true);
    },
  );
});

describe('what the gate cannot do without', () => {
  test.for([
    ['system', { system: { platform: 'linux', arch: 'arm64', kernel: '6.1.0' } }],
    ['Node', { node: { running: '22.1.0', guests: '24.21.0' } }],
    ['Node', { node: { running: '24.21.0', guests: undefined } }],
    ['cache', { cache: { directory: '/home/u/.cache/halab', isWritable: false, freeBytes: 50e9 } }],
    ['memory', { memory: { availableBytes: 0.9e9, totalBytes: 2e9 } }],
    ['setpriv', { canTieProcesses: false }],
    ['run directory', { runBase: { path: '/tmp/halab-1000', problem: 'belongs to user 0' } }],
  ] as const satisfies readonly (readonly [string, Partial<MachineFacts>])[])(
    '%s is missing',
    ([name, change]) => {
      const facts = { ...wellEquipped, ...change };
      expect(stateOf(facts, name)?.state).toBe('missing');
      expect(judgeMachine(facts).canRunGate).toBe(false);
    },
  );

  test('building the image needs more room than having it', () => {
    const cache = { directory: '/c', isWritable: true, freeBytes: 1.9e9 };
    expect(stateOf({ ...wellEquipped, cache }, 'cache')?.state).toBe('present');
    expect(stateOf({ ...wellEquipped, cache, stored: { images: [], leftovers: [] } }, 'cache')?.state).toBe(
      'missing',
    );
  });

  test('the path of a socket has room for 107 bytes', () => {
    const at = (length: number) => ({
      ...wellEquipped,
      runBase: { path: '/'.padEnd(length, 'x'), problem: undefined },
    });
    const longest = '/4194304-18446744073709551615-0/m99/console.sock'.length;
    expect(stateOf(at(107 - longest), 'run directory')?.state).toBe('present');
    expect(stateOf(at(108 - longest), 'run directory')?.state).toBe('missing');
  });
});

test.for([
  ['QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright', '7.2.22 (Debian 1:7.2+dfsg-7)'],
  ['TShark (Wireshark) 4.0.17 (Git v4.0.17).\n', '4.0.17 (Git v4.0.17)'],
  ['mmdebstrap 1.3.5', '1.3.5'],
  ['usage: newuidmap [<pid>] <uid> <loweruid> <count>', undefined],
  ['', undefined],
] as const)('the version in %j is %j', ([output, expected]) => {
  expect(versionIn(output)).toBe(expected);
});
