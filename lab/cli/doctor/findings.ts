import { isNewEnough } from '../../setup/places.mjs';
import { installCommand, systemPackages } from '../../setup/system-packages.mjs';
import type { MachineFacts } from './facts.ts';

export interface MachineFinding {
  readonly name: string;
  /** `missing` keeps the gate from running; `absent` costs speed or an extra. */
  readonly state: 'present' | 'missing' | 'absent';
  readonly text: string;
}

export interface MachineReport {
  readonly findings: readonly MachineFinding[];
  readonly canRunGate: boolean;
  /** One line to paste into a shell in the clone; undefined when nothing is missing that a command could bring. */
  readonly fix: string | undefined;
}

/** 24 machines at once were measured at 2.9 GB, so those of one lab, the wires and the runner stay below this. */
const memoryNeededBytes = 1e9;
/** As lab/image/build.ts demands before it builds. */
const buildBytes = 2e9;
/** Captures and traces of a whole run. */
const runBytes = 2e8;
/** sun_path of unix(7), with its final zero. */
const socketPathMax = 107;
/** The longest that lives below a run directory: `4194304-18446744073709551615-0/m99/console.sock`. */
const socketNameLength = 47;

export function judgeMachine(facts: MachineFacts): MachineReport {
  const findings = [
    system(facts),
    node(facts),
    ...packages(facts),
    kvm(facts),
    image(facts),
    snapshots(facts),
    disk(facts),
    memory(facts),
    cores(facts),
    processes(facts),
    sockets(facts),
    containers(facts),
  ];
  return {
    findings,
    canRunGate: findings.every(({ state }) => state !== 'missing'),
    fix: fixOf(facts),
  };
}

function fixOf({ missing, node: { guests }, stored, isRoot }: MachineFacts): string | undefined {
  const hasImage = stored.images.some(({ isCurrent }) => isCurrent);
  const steps = [
    ...(missing.length === 0
      ? []
      : [
          installCommand(
            missing.map(({ name }) => name),
            { isRoot },
          ),
        ]),
    ...(guests === undefined ? ['npm ci'] : []),
    ...(hasImage ? [] : ['npx halab image build']),
  ];
  return steps.length === 0 ? undefined : steps.join(' && ');
}

function system({ system: { platform, arch, kernel } }: MachineFacts): MachineFinding {
  const fits = platform === 'linux' && arch === 'x64';
  return finding(
    'system',
    fits,
    `${platform} ${kernel} on ${arch}${fits ? '' : '; halab runs on Linux on x86-64'}`,
  );
}

function node({ node: { running, guests } }: MachineFacts): MachineFinding {
  if (!isNewEnough(running)) return finding('Node', false, `${running}; halab needs 24 or later`);
  return guests === undefined
    ? finding('Node', false, `${running}, but the one for guests is not installed`)
    : finding('Node', true, guests === running ? running : `${running}, and ${guests} for guests`);
}

function packages({ versions, missing, isRoot }: MachineFacts): readonly MachineFinding[] {
  return systemPackages
    .filter(({ unlessRoot }) => !(unlessRoot === true && isRoot))
    .map((wanted): MachineFinding => {
      if (!missing.some(({ name }) => name === wanted.name)) {
        return finding(wanted.name, true, versions[wanted.name] ?? 'installed');
      }
      const state = wanted.testsOnly === true ? 'absent' : 'missing';
      return { name: wanted.name, state, text: `not installed; it ${wanted.purpose}` };
    });
}

function kvm({ kvmDevice, accelerator }: MachineFacts): MachineFinding {
  const emulated = 'machines are emulated, which is slower and as exact';
  const absent = (text: string): MachineFinding => ({ name: 'KVM', state: 'absent', text });
  if (kvmDevice === 'missing') return absent(`no /dev/kvm; ${emulated}`);
  if (kvmDevice === 'forbidden')
    return absent(`/dev/kvm belongs to others (try: sudo usermod -aG kvm "$USER"); ${emulated}`);
  if (accelerator === undefined)
    return absent('/dev/kvm exists; whether it works is tried once there is an image');
  return accelerator.accelerator === 'kvm'
    ? finding('KVM', true, accelerator.reason)
    : absent(`${shortened(accelerator.reason)}; ${emulated}`);
}

/** An assertion of QEMU fills three lines, and the first words tell it apart. */
function shortened(text: string): string {
  const longest = 100;
  return text.length <= longest ? text : `${text.slice(0, longest).trimEnd()}…`;
}

function image({ stored }: MachineFacts): MachineFinding {
  const current = stored.images.find(({ isCurrent }) => isCurrent);
  if (current === undefined)
    return {
      name: 'guest image',
      state: 'absent',
      text: 'not built; the first lab builds it in about a minute',
    };
  return finding(
    'guest image',
    true,
    `${current.id}, kernel ${current.kernel}, built ${current.builtAt.slice(0, 10)}, ${megabytes(current.bytes)}`,
  );
}

function snapshots({ stored }: MachineFacts): MachineFinding {
  const found = stored.images.filter(({ isCurrent }) => isCurrent).flatMap(({ snapshots }) => snapshots);
  if (found.length === 0)
    return { name: 'golden snapshots', state: 'absent', text: 'none; the first lab takes one in seconds' };
  const bytes = found.reduce((sum, snapshot) => sum + snapshot.bytes, 0);
  return finding('golden snapshots', true, `${found.length}, ${megabytes(bytes)}`);
}

function disk({ cache: { directory, isWritable, freeBytes }, stored }: MachineFacts): MachineFinding {
  if (!isWritable)
    return finding(
      'cache',
      false,
      `${directory} cannot be written to; set HALAB_CACHE to a directory that can`,
    );
  const needed = stored.images.some(({ isCurrent }) => isCurrent) ? runBytes : buildBytes;
  const text = `${directory}, ${megabytes(freeBytes)} free`;
  return freeBytes >= needed
    ? finding('cache', true, text)
    : finding(
        'cache',
        false,
        `${text} of ${megabytes(needed)} needed; free some, or set HALAB_CACHE to a larger disk`,
      );
}

function memory({ memory: { availableBytes, totalBytes } }: MachineFacts): MachineFinding {
  const text = `${megabytes(availableBytes)} available of ${megabytes(totalBytes)}`;
  return availableBytes >= memoryNeededBytes
    ? finding('memory', true, text)
    : finding('memory', false, `${text}; a lab needs ${megabytes(memoryNeededBytes)}`);
}

function cores({ cores, liveLabs }: MachineFacts): MachineFinding {
  const busy = liveLabs === 0 ? '' : `; ${liveLabs} ${liveLabs === 1 ? 'lab runs' : 'labs run'} now`;
  return finding('processor cores', true, `${cores}${busy}`);
}

function processes({ canTieProcesses }: MachineFacts): MachineFinding {
  return canTieProcesses
    ? finding('setpriv', true, 'machines end together with their lab')
    : finding(
        'setpriv',
        false,
        '`setpriv --pdeathsig` does not work here; machines would outlive a killed lab',
      );
}

function sockets({ runBase: { path, problem } }: MachineFacts): MachineFinding {
  if (problem !== undefined) return finding('run directory', false, `${path}: ${problem}`);
  const longest = path.length + 1 + socketNameLength;
  return longest <= socketPathMax
    ? finding('run directory', true, path)
    : finding(
        'run directory',
        false,
        `${path} is too long: a socket below it would have ${longest} bytes of ${socketPathMax}`,
      );
}

function containers({ containerEngine }: MachineFacts): MachineFinding {
  const name = 'container engine';
  if (containerEngine === undefined)
    return { name, state: 'absent', text: 'none; machines in QEMU need none' };
  const { program, socket } = containerEngine;
  if (socket === 'usable') return finding(name, true, program);
  const reason = socket === 'missing' ? 'its service does not run' : 'this user may not talk to it';
  return { name, state: 'absent', text: `${program}, but ${reason}; machines in QEMU need none` };
}

function finding(name: string, isPresent: boolean, text: string): MachineFinding {
  return { name, state: isPresent ? 'present' : 'missing', text };
}

const megabytes = (bytes: number) =>
  bytes >= 10e9
    ? `${Math.round(bytes / 1e9)} GB`
    : bytes >= 1e9
      ? `${(bytes / 1e9).toFixed(1)} GB`
      : `${Math.round(bytes / 1e6)} MB`;
