import type { AcceleratorChoice } from '../../nodes/qemu/accelerator.ts';
import type { SystemPackage } from '../../setup/system-packages.mjs';
import type { StoredImages } from '../stored-images.ts';

/** What was found on a machine, unjudged. */
export interface MachineFacts {
  readonly system: { readonly platform: string; readonly arch: string; readonly kernel: string };
  readonly isRoot: boolean;
  readonly node: { readonly running: string; readonly guests: string | undefined };
  /** First line of `--version`, by package; undefined where the package is missing. */
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly missing: readonly SystemPackage[];
  readonly kvmDevice: 'usable' | 'forbidden' | 'missing';
  /** Undefined while there is no image to try it with. */
  readonly accelerator: AcceleratorChoice | undefined;
  readonly stored: StoredImages;
  readonly cache: { readonly directory: string; readonly isWritable: boolean; readonly freeBytes: number };
  readonly containerEngine:
    | { readonly program: string; readonly socket: 'usable' | 'forbidden' | 'missing' }
    | undefined;
  readonly cores: number;
  readonly memory: { readonly availableBytes: number; readonly totalBytes: number };
  /** Whether a child can be tied to its parent's life. */
  readonly canTieProcesses: boolean;
  readonly runBase: { readonly path: string; readonly problem: string | undefined };
  readonly liveLabs: number;
}
