/** Whether apt's package lists are there and less than a day old. `now` is in milliseconds since 1970. */
export declare function listsAreFresh(options: {
  readonly now: number;
  readonly directory?: string;
}): boolean;
