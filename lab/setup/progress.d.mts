/** Says what is being done just now. */
export type Say = (text: string) => void;

/**
 * Shows on standard error that `work` goes on and how long it took. `asks`: the work may ask the user
 * something on the terminal, so nothing moves there.
 */
export declare function showStep<Result>(
  title: string,
  work: (say: Say) => Promise<Result>,
  options?: { readonly stream?: NodeJS.WriteStream; readonly asks?: boolean },
): Promise<Result>;
