/** A moment on the lab clock, given in nanoseconds, to the millisecond. */
export function labTime(nanoseconds: number): string {
  return `+${(nanoseconds / 1e9).toFixed(3)} s`;
}

/** A length of time for people: tenths of a second below a minute, whole seconds above. */
export function durationText(milliseconds: number): string {
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
