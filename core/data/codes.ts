import { sha256 } from '../base/hash.ts';
import type { DataSet, Samples } from './data-set.ts';
import { allocateFloats } from './reader.ts';

/**
 * Signed bytes made for a quantised network are codes: real = (code − zeroPoint) · scale. Other data stay as they are; so do bytes
 * on a grid of whole pixels, which "pixel − 128" says better.
 */
export function onGrid(data: DataSet, { scale, zeroPoint }: { readonly scale: number; readonly zeroPoint: number }): DataSet {
  if (!(data.test.images instanceof Int8Array) || scale === 1) return data;
  const real = ({ count, images, labels }: Samples): Samples => {
    const values = allocateFloats(images.length);
    for (let i = 0; i < images.length; i++) values[i] = (images[i] - zeroPoint) * scale;
    return { count, images: values, labels };
  };
  return {
    ...data,
    train: data.train && real(data.train),
    test: real(data.test),
    hash: sha256('codes', data.hash, `${scale} ${zeroPoint}`),
    notes: [...data.notes, `Its signed bytes are codes on the grid of the network's input: (code − ${zeroPoint}) × ${scale}.`],
  };
}
