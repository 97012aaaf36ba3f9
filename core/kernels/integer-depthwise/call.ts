import { pixelsPerChunk } from '../chunk.ts';
import { placeFinish } from '../finish-record.ts';
import type { ImagePlan } from '../image-plan.ts';
import type { KernelCall, KernelMemory, LayerJob } from '../kernel.ts';
import { place } from '../memory.ts';

/** The last pixel's vector may reach past the image. */
export const OVERREAD_BYTES = 16;

/** int8 [tap, channels] → int16 [channels / 8][taps / 2][8][2], missing channels and an odd last tap 0. */
function packTapPairs(codes: Int8Array, taps: number, channels: number): Int16Array {
  const pairs = Math.ceil(taps / 2);
  const packed = new Int16Array(Math.ceil(channels / 8) * pairs * 16);
  for (let t = 0; t < taps; t++) {
    for (let c = 0; c < channels; c++) {
      packed[((c >> 3) * pairs + (t >> 1)) * 16 + (c & 7) * 2 + (t & 1)] = codes[t * channels + c];
    }
  }
  return packed;
}

/** The sums over an int16 image, finished. */
export function depthwiseCall({ geometry: g, finish, output }: LayerJob, codes: Int8Array, plan: ImagePlan, image: number, memory: KernelMemory): KernelCall {
  const channels = g.outputChannels;
  const taps = plan.tapOffsets.length;
  const tapPairs = Math.ceil(taps / 2);
  // An odd last tap is read twice.
  const tapOffsets = Int32Array.from({ length: tapPairs * 2 }, (_, tap) => plan.tapOffsets[Math.min(tap, taps - 1)]);
  const items = plan.pixelOffsets.length;
  return {
    export: 'integerDepthwiseC8',
    args: [
      image, place(memory, plan.pixelOffsets), place(memory, tapOffsets), tapPairs,
      place(memory, packTapPairs(codes, taps, channels)), channels, pixelsPerChunk(channels),
      memory.allocate(items * channels * 4), placeFinish(memory, finish), output,
    ],
    items,
  };
}
