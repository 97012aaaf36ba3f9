import type { Finish, KernelMemory } from './kernel.ts';
import { place } from './memory.ts';

/** The record that `finishInt32` in assembly/finish.ts reads; for kernels that fuse. */
export function placeFinish(memory: KernelMemory, finish: Finish): number {
  const record = new DataView(new ArrayBuffer(24));
  const array = (at: number, values: Float32Array | Int32Array): void => record.setUint32(at, place(memory, values), true);
  switch (finish.kind) {
    case 'affine':
      record.setInt32(0, 1, true);
      array(4, finish.multiplier);
      array(8, finish.offset);
      record.setFloat32(12, finish.low, true);
      record.setFloat32(16, finish.high, true);
      break;
    case 'requantise':
      record.setInt32(0, 2, true);
      array(4, finish.multiplier);
      array(8, finish.offset);
      [finish.zeroPoint, finish.low, finish.high].forEach((value, i) => record.setInt32(12 + 4 * i, value, true));
      break;
    case 'threshold':
      record.setInt32(0, 3, true);
      array(4, finish.thresholds);
      break;
    case 'sums':
    case 'clip':
  }
  return place(memory, record);
}

/** Limits of a float32 layer's output. */
export function limitsOf(finish: Finish): { readonly low: number; readonly high: number } {
  return finish.kind === 'clip' ? finish : { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
}
