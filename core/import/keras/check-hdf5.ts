import { StudioError } from '../../base/errors.ts';
import { hasBytes } from '../detect.ts';

// Layouts: HDF5 File Format Specification 3.0, II.A (superblock) and III.E (global heap).

const SIGNATURE = 'GCOL';
/** Signature, version, three zero bytes, size of the collection. */
const HEADER_BYTES = 16;
/** Index, reference count, four reserved bytes, size of the object. */
const OBJECT_BYTES = 16;

/** What the HDF5 library would not say clearly, or would not survive. */
export function checkHdf5(name: string, bytes: Uint8Array): void {
  checkLength(name, bytes);
  checkGlobalHeaps(name, bytes);
}

/** The superblock says where the file ends: at byte 40 in versions 0 and 1 (plus 4), at byte 28 in 2 and 3. */
function checkLength(name: string, bytes: Uint8Array): void {
  if (!hasBytes(bytes, 1, 'HDF')) return;
  const version = bytes[8];
  const [addressBytes, at] = version >= 2 ? [bytes[9], 28] : [bytes[13], version === 1 ? 44 : 40];
  if (addressBytes !== 8 || bytes.length < at + 8) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  if (end > bytes.length) {
    throw new StudioError(`${name} cannot be read as HDF5: it ends after ${bytes.length} of ${end} bytes.`, {
      where: `${name}, byte ${bytes.length}`,
      next: 'The file is incomplete; download or save it again.',
    });
  }
}

/**
 * Walks the global heaps, where HDF5 keeps texts of variable length. The HDF5 library never ends on a heap whose sizes
 * were damaged (it adds them up in 32 bits), so they are checked before the file is handed to it.
 */
function checkGlobalHeaps(name: string, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sizeAt = (offset: number): number => view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32;
  for (let start = bytes.indexOf(0x47); start >= 0; start = bytes.indexOf(0x47, start + 1)) {
    if (start + HEADER_BYTES > bytes.length) return;
    if (!hasBytes(bytes, start, SIGNATURE) || !hasBytes(bytes, start + 4, [1, 0, 0, 0])) continue;
    const end = start + sizeAt(start + 8);
    if (end > bytes.length) throw damaged(name, start, `says it has ${end - start} bytes where ${bytes.length - start} are left`);
    for (let object = start + HEADER_BYTES; object + OBJECT_BYTES <= end; ) {
      const size = sizeAt(object + 8);
      const used = view.getUint16(object, true) === 0 ? size : OBJECT_BYTES + Math.ceil(size / 8) * 8;
      if (used < OBJECT_BYTES || object + used > end) throw damaged(name, object, `has a text of ${size} bytes where ${end - object} are left`);
      object += used;
    }
  }
}

function damaged(name: string, offset: number, reason: string): StudioError {
  return new StudioError(`${name} cannot be read as HDF5: the store of texts ${reason}.`, {
    where: `${name}, byte ${offset}`,
    next: 'The file is damaged or incomplete; download or save it again.',
  });
}
