/** How QEMU executes guest code: in the processor, or emulated. */
export type Accelerator = 'kvm' | 'tcg';

export interface MachineSpec {
  readonly accelerator: Accelerator;
  readonly memoryMb: number;
  readonly memoryFile: string;
  /** True writes guest memory to the file (making a snapshot); false leaves the file as it is (running from one). */
  readonly share: boolean;
  readonly kernel: string;
  readonly initramfs: string;
  readonly rootImage: string;
  /** Wait for a snapshot instead of booting. */
  readonly incoming: boolean;
  readonly qmpSocket: string;
  readonly agentSocket: string;
  readonly consoleSocket: string;
  /** Sockets of null-modem cables for ttyS1 and ttyS2; a port without a cable is there but unconnected. */
  readonly serialSockets: readonly (string | undefined)[];
}

/** ttyS1 and ttyS2, beside the console: ISA ports cannot be plugged later, so every machine has both. */
export const serialPorts = 2;

/**
 * The kernel's command line. `tsc=reliable` and `no_timer_check` skip calibrations that fail under
 * emulation, `nokaslr` and `mitigations=off` shorten the boot, `panic=-1` turns a panic into the end of QEMU.
 */
const kernelArguments =
  'console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check nokaslr mitigations=off net.ifnames=0 ' +
  'audit=0 random.trust_cpu=on';

export function qemuArguments(spec: MachineSpec): readonly string[] {
  const serials = Array.from({ length: serialPorts }, (_, index) => spec.serialSockets[index]);
  return [
    ['-machine', `pc,accel=${spec.accelerator},memory-backend=ram,hpet=off`],
    ['-cpu', spec.accelerator === 'kvm' ? 'host' : 'max'],
    ['-m', String(spec.memoryMb)],
    [
      '-object',
      `memory-backend-file,id=ram,size=${spec.memoryMb}M,mem-path=${comma(spec.memoryFile)},share=${spec.share ? 'on' : 'off'}`,
    ],
    ['-smp', '1'],
    ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ['-kernel', spec.kernel, '-initrd', spec.initramfs, '-append', kernelArguments],
    ['-drive', `if=none,id=root,file=${comma(spec.rootImage)},format=raw,readonly=on,file.locking=off`],
    ['-device', 'virtio-blk-pci,drive=root,addr=0x3'],
    ['-chardev', `socket,id=qmp,path=${comma(spec.qmpSocket)}`, '-mon', 'chardev=qmp,mode=control'],
    ['-chardev', `socket,id=console,path=${comma(spec.consoleSocket)}`, '-serial', 'chardev:console'],
    ...serials.map((path, index) => [
      '-chardev',
      path === undefined
        ? `null,id=serial${index + 1}`
        : `socket,id=serial${index + 1},path=${comma(path)},reconnect=1`,
      '-serial',
      `chardev:serial${index + 1}`,
    ]),
    ['-device', 'virtio-serial-pci,id=control,addr=0x4'],
    ['-chardev', `socket,id=agent,path=${comma(spec.agentSocket)}`],
    ['-device', 'virtserialport,bus=control.0,chardev=agent,name=org.halab.agent'],
    ['-device', 'virtio-rng-pci,addr=0x5'],
    spec.incoming ? ['-incoming', 'defer'] : [],
  ].flat();
}

/** A comma inside a value is written twice in QEMU's option syntax. */
function comma(value: string): string {
  return value.replaceAll(',', ',,');
}

/**
 * The properties of a guest's NIC. Every offload is off: with them, frames larger than the MTU and unfilled
 * checksums would appear on the wire.
 */
export function nicProperties(index: number, mac: string): Readonly<Record<string, unknown>> {
  const off = ['csum', 'guest_csum', 'gso', 'guest_tso4', 'guest_tso6', 'guest_ecn', 'guest_ufo'].concat([
    'host_tso4',
    'host_tso6',
    'host_ecn',
    'host_ufo',
    'mrg_rxbuf',
    'ctrl_guest_offloads',
  ]);
  return {
    driver: 'virtio-net-pci',
    id: nicDevice(index),
    netdev: nicBackend(index),
    mac,
    bus: 'pci.0',
    // One slot a NIC, in order, so that the guest finds them in order.
    addr: `0x${(firstNicSlot + index).toString(16)}`,
    // A boot ROM would be copied into every machine for nothing.
    romfile: '',
    ...Object.fromEntries(off.map((name) => [name, false])),
  };
}

const firstNicSlot = 0x10;

export const nicDevice = (index: number) => `nic${index}`;
export const nicBackend = (index: number) => `wire${index}`;
