import type { Samples } from '../data-set.ts';

/** Samples by their content: which of them are the same to the bit. */
export interface SampleIndex {
  /** The first sample with the content of this one, in the order in which they were added; null where there was none before, and then it is kept. */
  readonly add: (images: Samples['images'], sample: number) => number | null;
  /** The first one with this content; null where there is none. */
  readonly find: (images: Samples['images'], sample: number) => number | null;
}

/** `size`: numbers of one sample. */
export function createSampleIndex(size: number): SampleIndex {
  const kept: { readonly bytes: Uint8Array; readonly sample: number }[] = [];
  /** By hash, the last kept one with it; `before` goes on to the others. */
  const heads = new Map<number, number>();
  const before: number[] = [];

  const found = (bytes: Uint8Array, hash: number): number | null => {
    for (let at = heads.get(hash) ?? -1; at >= 0; at = before[at]) if (sameBytes(kept[at].bytes, bytes)) return kept[at].sample;
    return null;
  };
  return {
    add(images, sample) {
      const bytes = bytesOf(images, sample, size);
      const hash = hashOf(bytes);
      const known = found(bytes, hash);
      if (known !== null) return known;
      before.push(heads.get(hash) ?? -1);
      heads.set(hash, kept.length);
      kept.push({ bytes, sample });
      return null;
    },
    find(images, sample) {
      const bytes = bytesOf(images, sample, size);
      return found(bytes, hashOf(bytes));
    },
  };
}

function bytesOf({ buffer, byteOffset, BYTES_PER_ELEMENT: width }: Samples['images'], sample: number, size: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + sample * size * width, size * width);
}

/** FNV-1a: cheap, and equal hashes are compared byte by byte. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash >>> 0;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
