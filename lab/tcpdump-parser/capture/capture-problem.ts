/** What set the number of bytes that were available, or the rule that a value broke. */
export type CaptureLimit =
  | 'file' // the file ends here
  | 'magic' // the first bytes belong to no format that is read here
  | 'version'
  | 'byte-order-magic'
  | 'frame-bytes-max'
  | 'block-bytes-max'
  | 'block-length' // the length in front of a pcapng block
  | 'trailing-block-length' // the copy of that length behind the block
  | 'option-length'
  | 'name-record-length'
  | 'interface-count'; // interfaces described so far in this section

/**
 * Something in a capture file that cannot be read as it stands. A value, never thrown.
 * `needed` and `available` are bytes, except for `interface-count`, `magic`, `version` and
 * `byte-order-magic`, where they are the value that was allowed and the value that was found.
 */
export interface CaptureProblem {
  readonly layer: 'pcap' | 'pcapng';
  /** Position in the file of the record, block or field. */
  readonly offset: number;
  readonly needed: number;
  readonly available: number;
  readonly limitedBy: CaptureLimit;
  readonly text: string;
}
