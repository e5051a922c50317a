/** The set-up cannot go on. The message says what failed and what to do about it; no stack is shown. */
export class SetUpError extends Error {
  name = 'SetUpError';
}
