/**
 * The lab is wrong, not the subject: what this says leads to the verdict *inconclusive*, or to exit code 2
 * when the user can mend it. Codes are stable; a retired code stays in the list and is not given again.
 */
export type LabErrorCode =
  | 'LAB_QEMU_MISSING'
  | 'LAB_TOOL_MISSING'
  | 'LAB_IMAGE_BUILD'
  | 'LAB_IMAGE_SPACE'
  | 'LAB_NODE_BOOT'
  | 'LAB_NODE_GONE'
  | 'LAB_NODE_SILENT'
  | 'LAB_COMMAND_FAILED'
  | 'LAB_WIRES_GONE'
  | 'LAB_NOT_RUNNING'
  | 'LAB_USAGE';

export interface LabErrorDetail {
  /** The node's name as in the topology. */
  readonly node?: string;
  /** Paths to look at, relative to the run folder where there is one. */
  readonly evidence?: readonly string[];
  readonly cause?: unknown;
}

export class LabError extends Error {
  readonly code: LabErrorCode;
  readonly node: string | undefined;
  readonly evidence: readonly string[];

  constructor(code: LabErrorCode, message: string, detail: LabErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'LabError';
    this.code = code;
    this.node = detail.node;
    this.evidence = detail.evidence ?? [];
  }
}
