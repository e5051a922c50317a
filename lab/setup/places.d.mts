/** Absolute path of the clone, without a slash at the end. */
export declare const root: string;

/** The Node that the project is pinned to, as npm installs it. */
export declare const ownNode: string;

/** Whether a version such as `24.1.0` runs the lab. */
export declare function isNewEnough(version: string): boolean;

/** Where images, snapshots and compiled code are kept. */
export declare function cachePlace(environment?: Readonly<Record<string, string | undefined>>): string;

/** True when the directory can be written to, or made because its nearest parent can. */
export declare function isWritable(directory: string): boolean;

/** Variables to set for child processes where the home cannot be written to. */
export declare function movedCaches(
  environment?: Readonly<Record<string, string | undefined>>,
  user?: number,
): Readonly<Record<string, string>>;
