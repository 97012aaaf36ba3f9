import type { Samples } from '../../../core/data/data-set.ts';

/** Sample as RGBA for a canvas: grey or RGB, bytes as they are, other numbers stretched over their own range. */
export function samplePixels(samples: Samples, shape: readonly number[], index: number): { readonly width: number; readonly height: number; readonly rgba: Uint8ClampedArray<ArrayBuffer> } {
  const [height, width, channels] = shape.length === 3 ? shape : [1, shape.reduce((product, size) => product * size, 1), 1];
  const size = height * width * channels;
  const values = samples.images.subarray(index * size, (index + 1) * size);
  const toByte = byteOf(values);
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let colour = 0; colour < 3; colour++) rgba[pixel * 4 + colour] = toByte(values[pixel * channels + (channels >= 3 ? colour : 0)]);
    rgba[pixel * 4 + 3] = 255;
  }
  return { width, height, rgba };
}

function byteOf(values: Samples['images']): (value: number) => number {
  if (values instanceof Uint8Array) return (value) => value;
  if (values instanceof Int8Array) return (value) => value + 128;
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const factor = high > low ? 255 / (high - low) : 0;
  return (value) => (value - low) * factor;
}
