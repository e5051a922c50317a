import type { Refusal, RefusalCode } from './protocol.ts';

/** A request that is not carried out, and changes nothing. */
export class Refused extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, text: string) {
    super(text);
    this.name = 'Refused';
    this.code = code;
  }

  get refusal(): Refusal {
    return { code: this.code, text: this.message };
  }
}
