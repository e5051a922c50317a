import { channel } from 'node:diagnostics_channel';

/** What is going on outside any test, such as the building of the guest image. */
export interface Progress {
  readonly text: string;
  /** Share that is done, from 0 to 1, where it is known. */
  readonly fraction?: number;
}

/** One for the whole process: whoever reports need not know who is listening. */
const reports = channel('halab.progress');

/**
 * Type of a Vitest annotation whose message says what a running test is waiting for. A test runs in a process
 * of its own, which `progress` does not leave; its annotations do.
 */
export const progressAnnotation = 'progress';

/** Says what is going on now, until the next report or the first test. Nobody has to be listening. */
export function progress(text: string, fraction?: number): void {
  reports.publish({ text, ...(fraction === undefined ? {} : { fraction }) } satisfies Progress);
}

export function onProgress(listener: (report: Progress) => void): Disposable {
  const listen = (message: unknown) => listener(message as Progress);
  reports.subscribe(listen);
  return { [Symbol.dispose]: () => void reports.unsubscribe(listen) };
}
