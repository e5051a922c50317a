import { type Check, type NegotiateSpec, up } from './check.ts';

/** A service of which nothing is known cannot be asked for anything. */
export const checkNone: Check<NegotiateSpec> = async () => up();
