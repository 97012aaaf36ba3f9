import { gunzipSync } from 'fflate';
import { StudioError } from '../base/errors.ts';
import type { NamedFile } from './data-set.ts';

/** Largest unpacked file: 4 GiB would not fit the memory of a tab. */
export const LARGEST_BYTES = 2 ** 31;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** The content of the file, unpacked where it is packed. What says it holds more than it can is refused before anything is allocated. */
export function unpack({ name, bytes }: NamedFile): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  const damaged = (reason: string, offset: number): StudioError =>
    new StudioError(`${name} ${reason}.`, { where: `${name}, byte ${offset}`, next: 'Download the file again, or choose the original.' });
  if (bytes.length < 18) throw damaged(`has ${bytes.length} bytes, too few for a gzip file`, 0);
  // The last four bytes of gzip are the unpacked size; deflate makes at most 1032 bytes of one.
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(bytes.length - 4, true);
  if (size > LARGEST_BYTES || size > bytes.length * 1032) {
    throw damaged(`says it unpacks to ${size} bytes, more than its ${bytes.length} bytes can hold`, bytes.length - 4);
  }
  let unpacked: Uint8Array;
  try {
    unpacked = gunzipSync(bytes);
  } catch (error) {
    throw new StudioError(`${name} cannot be unpacked: ${error instanceof Error ? error.message : error} (${bytes.length} bytes).`, {
      where: name,
      next: 'The file is damaged or incomplete; download it again.',
      cause: error,
    });
  }
  if (unpacked.length !== size) throw damaged(`unpacks to ${unpacked.length} bytes instead of ${size}; it is cut off`, bytes.length);
  return unpacked;
}
