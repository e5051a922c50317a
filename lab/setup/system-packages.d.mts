export interface SystemPackage {
  readonly name: string;
  /** Program name, looked for in PATH, or an absolute path. */
  readonly file: string;
  readonly purpose: string;
  /** Not needed by root. */
  readonly unlessRoot?: boolean;
  /** Needed by the project's own tests, not by a lab. */
  readonly testsOnly?: boolean;
}

export declare const systemPackages: readonly SystemPackage[];

/** Full path of a program, or undefined. `path` is searched like PATH, which is its default. */
export declare function findProgram(name: string, path?: string): string | undefined;

/** What this machine lacks, in the order of the table. */
export declare function missingPackages(options: {
  readonly isRoot: boolean;
  readonly withTests: boolean;
  readonly path?: string;
}): readonly SystemPackage[];

/** One line to paste into a shell. */
export declare function installCommand(
  names: readonly string[],
  options: { readonly isRoot: boolean },
): string;
