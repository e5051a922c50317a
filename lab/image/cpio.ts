/**
 * The "newc" archive that the kernel unpacks as its first root file system: a 110-byte ASCII header of
 * hexadecimal fields, the name, the data, each padded to four bytes (kernel: Documentation/driver-api/early-userspace/buffer-format.rst).
 */
export interface ArchiveEntry {
  readonly path: string;
  /** Permission bits; the file type is added from `kind`. */
  readonly mode: number;
  readonly kind: 'file' | 'directory' | 'symlink';
  /** File content, or a symlink's target. */
  readonly data?: Uint8Array;
}

const fileType = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;

export function packCpio(entries: readonly ArchiveEntry[]): Buffer {
  const parts: Buffer[] = [];
  entries.forEach((entry, index) => {
    parts.push(
      record(entry.path, fileType[entry.kind] | entry.mode, entry.data ?? new Uint8Array(), index + 1),
    );
  });
  parts.push(record('TRAILER!!!', 0, new Uint8Array(), 0));
  return Buffer.concat(parts);
}

function record(path: string, mode: number, data: Uint8Array, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  const fields = [
    inode,
    mode,
    0, // uid
    0, // gid
    1, // nlink
    0, // mtime: fixed, so that equal input gives equal bytes
    data.length,
    0, // device major
    0, // device minor
    0, // rdev major
    0, // rdev minor
    name.length,
    0, // checksum, unused in this form
  ];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(Buffer.from(data))]);
}

function padded(bytes: Buffer): Buffer {
  const rest = (4 - (bytes.length % 4)) % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(rest)]);
}
