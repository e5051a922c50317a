import { type Duration, s } from '../../time.ts';

/** What one place of the file says of timeouts, in seconds. */
export interface WrittenTimeouts {
  readonly checkTimeout?: number | undefined;
  readonly negotiateTimeout?: number | undefined;
}

/**
 * The limits of a section's checks. Either directive stands in for the other, and a section's own words
 * come before the global ones.
 */
export function effectiveTimeouts(
  section: WrittenTimeouts,
  global: WrittenTimeouts,
): { readonly checkTimeout: Duration; readonly negotiateTimeout: Duration } {
  const check =
    section.checkTimeout ?? section.negotiateTimeout ?? global.checkTimeout ?? global.negotiateTimeout ?? 5;
  const negotiate =
    section.negotiateTimeout ?? section.checkTimeout ?? global.negotiateTimeout ?? global.checkTimeout ?? 30;
  return { checkTimeout: s(check), negotiateTimeout: s(negotiate) };
}
