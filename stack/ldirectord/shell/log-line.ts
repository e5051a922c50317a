/** A moment in local time as C's ctime writes it: `Fri Nov 20 13:01:22 2026`, the day padded with a blank. */
export function ctime(date: Date): string {
  const [weekday, month, day, year, time] = date.toString().split(' ');
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}

/** A line of the log, without its end. */
export function logLine(date: Date, instance: string, pid: number, text: string): string {
  return `[${ctime(date)}|${instance}|${pid}] ${text}`;
}

/**
 * A line of a monitor file, without its end. The id loses its colons and backslashes; of the message, what
 * would break a line or a field is percent-encoded.
 */
export function monitorLine(date: Date, pid: number, realId: string, isUp: boolean, message: string): string {
  const id = realId.replaceAll(/:+/g, ' ').replaceAll('\\', '');
  const escaped = message.replaceAll(/[%|\r\n]/g, (char) => {
    return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return `[${ctime(date)}] [${pid}] ${id} [${isUp ? 'up' : 'down'}] ${escaped}`;
}
