import { checkLayer } from '../check-layer.ts';
import { copyRows } from '../copy-rows.ts';
import { pixelsPerChunk } from '../chunk.ts';
import { placeFinish } from '../finish-record.ts';
import { planImage } from '../image-plan.ts';
import type { LayerKernel } from '../kernel.ts';
import { place } from '../memory.ts';

/** Larger products would overflow an int16 before enough of them are added to pay: int4, ternary and binary codes fit. */
const WIDEST_SPAN = 15;
/** For fewer the sum of the patch, which all channels share, costs more than the narrower products save. */
const FEWEST_CHANNELS = 9;
const FEWEST_INPUTS = 64;
const OVERREAD_BYTES = 16;

function spanOf(codes: Int8Array): { readonly lowest: number; readonly span: number } {
  let lowest = 127;
  let highest = -128;
  for (const code of codes) {
    lowest = Math.min(lowest, code);
    highest = Math.max(highest, code);
  }
  return { lowest, span: highest - lowest };
}

/** [k, cout] → int8 [cout / 8][segment][quad][8][4] less the lowest code; missing channels and the end of a segment 0. */
function packQuads(codes: Int8Array, lowest: number, segments: number, segmentLength: number, channels: number): Int8Array {
  const quads = Math.ceil(segmentLength / 4);
  const packed = new Int8Array(Math.ceil(channels / 8) * segments * quads * 32);
  for (let s = 0; s < segments; s++) {
    for (let i = 0; i < segmentLength; i++) {
      for (let c = 0; c < channels; c++) {
        const quad = ((c >> 3) * segments + s) * quads + (i >> 2);
        packed[quad * 32 + (c & 7) * 4 + (i & 3)] = codes[(s * segmentLength + i) * channels + c] - lowest;
      }
    }
  }
  return packed;
}

/** −zeroPoint·Σ code of every channel, as many as whole blocks of 8 need. */
function channelBases(codes: Int8Array, channels: number, zeroPoint: number): Int32Array {
  const bases = new Int32Array(Math.ceil(channels / 8) * 8);
  for (let i = 0; i < codes.length; i++) bases[i % channels] -= zeroPoint * codes[i];
  return bases;
}

export const fewCodeConvRelaxed: LayerKernel = {
  id: 'few-code-conv-p4c8-dot8-relaxed',
  arithmetic: 'integer',
  variant: 'wasm',
  needs: 'relaxed',
  fuses: true,
  supports: (geometry, parameters) =>
    geometry.op !== 'depthwise-conv2d' && parameters.arithmetic === 'integer' && spanOf(parameters.codes).span <= WIDEST_SPAN,
  pays: (g) => g.outputChannels >= FEWEST_CHANNELS && g.kernelHeight * g.kernelWidth * g.inputChannels >= FEWEST_INPUTS,
  prepare({ geometry: g, parameters, finish, input, output }, memory) {
    const { codes, zeroPoint } = checkLayer(g, parameters, 'integer');
    const { lowest, span } = spanOf(codes);
    const depth = Math.floor(32767 / (2 * 128 * Math.max(span, 1)));
    const plan = planImage(g, g.inputChannels);
    const segmentCount = plan.segmentOffsets.length;
    const segmentLength = plan.tapsPerSegment * g.inputChannels;
    const channels = g.outputChannels;
    const items = plan.pixelOffsets.length;

    const weights = place(memory, packQuads(codes, lowest, segmentCount, segmentLength, channels));
    const bases = place(memory, channelBases(codes, channels, zeroPoint));
    const pixels = place(memory, plan.pixelOffsets);
    const segments = place(memory, plan.segmentOffsets);
    const record = placeFinish(memory, finish);
    const patchSums = memory.allocate(items * 4);
    const sums = memory.allocate(items * channels * 4);
    // An input that is read in place may be read past its end: what is allocated here lies behind it.
    const image = plan.padded ? memory.allocate(plan.imageBytes + OVERREAD_BYTES) : input;
    if (plan.padded) new Int8Array(memory.buffer, image, plan.imageBytes).fill(zeroPoint);
    return {
      description: 'few-code conv, int8 dot, 4 pixels × 8 channels, wasm relaxed simd',
      tile: { inputChannels: 1, outputChannels: 8 },
      work: [
        ...(plan.padded
          ? [copyRows(input, image + plan.interiorOffset, g.inputHeight, g.inputWidth * g.inputChannels, plan.rowBytes)]
          : []),
        {
          export: 'fewCodeConvP4C8',
          args: [
            image, pixels, segments, segmentCount, segmentLength, weights, bases, lowest, depth, patchSums,
            channels, pixelsPerChunk(channels), sums, record, output,
          ],
          items,
        },
      ],
    };
  },
};
