/** Keys and array indices from the topology down to a value. */
export type Path = readonly (string | number)[];

/** A value with the place it was read from. */
export interface Placed<T> {
  readonly value: T;
  readonly path: Path;
}

const identifier = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** As one would write it in JavaScript: `services.web.realServers[0].node`, `nodes["web-1"].nics.eth0`. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!identifier.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

const part = /\.?([A-Za-z_$][A-Za-z0-9_$]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/gy;

/** The inverse of `formatPath`; undefined for text that `formatPath` never writes. */
export function parsePath(text: string): Path | undefined {
  const path: (string | number)[] = [];
  let end = 0;
  for (const match of text.matchAll(part)) {
    const [whole, name, index, quoted] = match;
    if (name !== undefined) path.push(name);
    else if (index !== undefined) path.push(Number(index));
    else if (quoted !== undefined) path.push(JSON.parse(quoted) as string);
    end = match.index + whole.length;
  }
  return end === text.length ? path : undefined;
}

const collections: Readonly<Record<string, string>> = {
  segments: 'segment',
  lines: 'line',
  nodes: 'node',
  services: 'service',
  nics: 'NIC',
  serial: 'serial port',
  routes: 'route',
  realServers: 'real server',
  director: 'director',
  spare: 'the spare addresses of',
};

/** The same in words: `weight of real server 1 of service web`, `mtu of segment lan`. */
export function describePath(path: Path): string {
  const parts: string[] = [];
  for (let index = 0; index < path.length; index++) {
    const key = path[index]!;
    const member = path[index + 1];
    const kind = collections[key];
    if (kind !== undefined && member !== undefined) {
      parts.unshift(`${kind} ${typeof member === 'number' ? member + 1 : member}`);
      index++;
    } else {
      parts.unshift(typeof key === 'number' ? `item ${key + 1}` : key);
    }
  }
  return parts.length === 0 ? 'the topology' : parts.join(' of ');
}
