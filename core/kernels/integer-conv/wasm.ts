import { checkLayer } from '../check-layer.ts';
import { pixelsPerChunk } from '../chunk.ts';
import { placeFinish } from '../finish-record.ts';
import { planImage } from '../image-plan.ts';
import type { LayerKernel } from '../kernel.ts';
import { place } from '../memory.ts';

/** An odd segment's last pair takes one int16 too many, times a code of 0. */
const OVERREAD_BYTES = 16;

/** [k, cout] → int16 [cout / 8][segment][pair][8][2], missing channels and the end of an odd segment 0. */
function packPairs(codes: Int8Array, segments: number, segmentLength: number, channels: number): Int16Array {
  const pairs = Math.ceil(segmentLength / 2);
  const packed = new Int16Array(Math.ceil(channels / 8) * segments * pairs * 16);
  for (let s = 0; s < segments; s++) {
    for (let i = 0; i < segmentLength; i++) {
      for (let c = 0; c < channels; c++) {
        const pair = ((c >> 3) * segments + s) * pairs + (i >> 1);
        packed[pair * 16 + (c & 7) * 2 + (i & 1)] = codes[(s * segmentLength + i) * channels + c];
      }
    }
  }
  return packed;
}

export const integerConvSimd: LayerKernel = {
  id: 'integer-conv-p4c8-dot16-simd',
  arithmetic: 'integer',
  variant: 'wasm',
  fuses: true,
  supports: (geometry) => geometry.op !== 'depthwise-conv2d',
  prepare({ geometry: g, parameters, finish, input, output }, memory) {
    const { codes, zeroPoint } = checkLayer(g, parameters, 'integer');
    const plan = planImage(g, g.inputChannels * 2);
    const segmentCount = plan.segmentOffsets.length;
    const segmentLength = plan.tapsPerSegment * g.inputChannels;

    const weights = place(memory, packPairs(codes, segmentCount, segmentLength, g.outputChannels));
    const pixels = place(memory, plan.pixelOffsets);
    const segments = place(memory, plan.segmentOffsets);
    const record = placeFinish(memory, finish);
    const image = memory.allocate(plan.imageBytes + OVERREAD_BYTES);
    const pixelCount = plan.pixelOffsets.length;
    const sums = memory.allocate(pixelCount * g.outputChannels * 4);
    const rowCount = g.inputWidth * g.inputChannels;
    return {
      description: 'integer conv, int16 dot, 4 pixels × 8 channels, wasm simd',
      // Pairs run along a row of taps; where that is one tap, along its channels.
      tile: { inputChannels: plan.tapsPerSegment === 1 ? 2 : 1, outputChannels: 8 },
      work: [
        {
          export: 'expandInt8Rows',
          args: [input, image + plan.interiorOffset, rowCount, plan.rowBytes, zeroPoint],
          items: g.inputHeight,
        },
        {
          export: 'integerConvP4C8',
          args: [
            image, pixels, segments, segmentCount, Math.ceil(segmentLength / 2), weights, g.outputChannels,
            pixelsPerChunk(g.outputChannels), sums, record, output,
          ],
          items: pixelCount,
        },
      ],
    };
  },
};
