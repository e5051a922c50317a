import { gzipSync } from 'node:zlib';

/** A file of an archive. */
export interface ArchivedFile {
  /** Relative, with slashes, at most 100 bytes. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

const blockBytes = 512;

/**
 * A gzipped ustar archive (POSIX.1-1988). Owners, times and the gzip header say nothing of the machine, so
 * equal files give equal bytes.
 */
export function tarball(files: readonly ArchivedFile[]): Uint8Array {
  const blocks = files.flatMap((file) => [header(file), file.content, padding(file.content.length)]);
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]), { level: 9 });
}

function header(file: ArchivedFile): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  if (Buffer.byteLength(file.path) > 100) throw new RangeError(`path is longer than 100 bytes: ${file.path}`);
  block.write(file.path, 0); // name
  block.write(file.executable ? '0000755\0' : '0000644\0', 100); // mode
  block.write('0000000\0', 108); // uid
  block.write('0000000\0', 116); // gid
  block.write(`${file.content.length.toString(8).padStart(11, '0')}\0`, 124); // size
  block.write('00000000000\0', 136); // mtime
  block.write('        ', 148); // chksum, blanks while it is summed
  block.write('0', 156); // typeflag: regular file
  block.write('ustar\x0000', 257); // magic and version
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padding(length: number): Uint8Array {
  return Buffer.alloc((blockBytes - (length % blockBytes)) % blockBytes);
}
