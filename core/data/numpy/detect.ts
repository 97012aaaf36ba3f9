import type { NamedFile } from '../data-set.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** By the signature of NumPy's format. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

export function looksLikeNumpy({ name, bytes }: NamedFile): boolean {
  return isNpy(bytes) || /\.np[yz](\.gz)?$/i.test(name);
}
