import { expect, test } from 'vitest';
import { type MachineSpec, nicProperties, qemuArguments } from './command-line.ts';

const spec: MachineSpec = {
  accelerator: 'tcg',
  memoryMb: 256,
  memoryFile: '/cache/memory',
  share: false,
  kernel: '/k',
  initramfs: '/i',
  rootImage: '/r',
  incoming: true,
  qmpSocket: '/q',
  agentSocket: '/a',
  consoleSocket: '/c',
  serialSockets: [],
};
const line = (change: Partial<MachineSpec> = {}) => qemuArguments({ ...spec, ...change }).join(' ');

test('a restored machine leaves the snapshot as it is and waits for its state', () => {
  expect(line()).toContain('mem-path=/cache/memory,share=off');
  expect(line()).toContain('-incoming defer');
  expect(line({ share: true, incoming: false })).not.toContain('-incoming');
});

test('a comma in a path does not end the option', () => {
  expect(line({ memoryFile: '/a,b' })).toContain('mem-path=/a,,b,share');
});

test('every machine has the same devices, with a cable in a serial port or without', () => {
  const withCable = qemuArguments({ ...spec, serialSockets: ['/s1'] });
  const devices = (argv: readonly string[]) =>
    argv.filter((word) => word.startsWith('chardev:') || word.includes('virt'));
  expect(devices(withCable)).toEqual(devices(qemuArguments(spec)));
  expect(withCable.join(' ')).toContain('socket,id=serial1,path=/s1');
  expect(line()).toContain('null,id=serial1');
});

test('the emulated processor is a fixed one, and KVM shows the real one', () => {
  expect(line()).toContain('-cpu max');
  expect(line({ accelerator: 'kvm' })).toContain('-cpu host');
});

test('a NIC offloads nothing, or the wire would show packets that no wire carries', () => {
  const nic = nicProperties(1, '02:00:00:00:00:01');
  expect(nic).toMatchObject({
    id: 'nic1',
    netdev: 'wire1',
    addr: '0x11',
    csum: false,
    host_tso4: false,
    guest_tso4: false,
    gso: false,
  });
});
