import { checkLayer } from '../check-layer.ts';
import { pixelsPerChunk } from '../chunk.ts';
import { placeFinish } from '../finish-record.ts';
import { planImage } from '../image-plan.ts';
import type { LayerGeometry, LayerKernel } from '../kernel.ts';
import { place } from '../memory.ts';
import { channelBases, GROUP, packEntryNumbers, paddedPixel, TABLE_BYTES } from './pack.ts';

/** Half of an entry, at most 31, is summed in 16 bits without a sign. */
const MOST_GROUPS = Math.floor(65535 / 31);
/** With fewer output channels the tables cost more than they save; measured beside the int16 dot. */
const FEWEST_OUTPUT_CHANNELS = 9;

function groupsOfPatch(g: LayerGeometry): number {
  return g.kernelHeight * g.kernelWidth * Math.ceil(g.inputChannels / GROUP);
}

export const binaryConvLookup: LayerKernel = {
  id: 'binary-conv-p1c32-lookup',
  arithmetic: 'integer',
  variant: 'wasm',
  fuses: true,
  supports: (geometry, parameters) =>
    geometry.op !== 'depthwise-conv2d' &&
    geometry.outputChannels >= FEWEST_OUTPUT_CHANNELS &&
    groupsOfPatch(geometry) <= MOST_GROUPS &&
    parameters.arithmetic === 'integer' &&
    parameters.codes.every((code) => code === 1 || code === -1),
  prepare({ geometry: g, parameters, finish, input, output }, memory) {
    const { codes, zeroPoint } = checkLayer(g, parameters, 'integer');
    const groups = Math.ceil(g.inputChannels / GROUP);
    const pixelBytes = groups * TABLE_BYTES;
    const plan = planImage(g, pixelBytes);
    const channels = g.outputChannels;
    const taps = g.kernelHeight * g.kernelWidth;
    const items = plan.pixelOffsets.length;

    const weights = place(memory, packEntryNumbers(codes, taps, g.inputChannels, channels));
    const bases = place(memory, channelBases(codes, channels, zeroPoint));
    const pixels = place(memory, plan.pixelOffsets);
    const segments = place(memory, plan.segmentOffsets);
    const record = placeFinish(memory, finish);
    const sums = memory.allocate(items * channels * 4);
    const image = memory.allocate(plan.imageBytes);
    if (plan.padded) {
      const border = paddedPixel(g.inputChannels, zeroPoint);
      const bytes = new Uint8Array(memory.buffer, image, plan.imageBytes);
      for (let at = 0; at < plan.imageBytes; at += pixelBytes) bytes.set(border, at);
    }
    return {
      description: 'binary weights, table lookup, 1 pixel × 32 channels, wasm simd',
      work: [
        {
          export: 'buildSignTables',
          args: [input, image + plan.interiorOffset, g.inputHeight, g.inputWidth, g.inputChannels, plan.rowBytes],
        },
        {
          export: 'binaryConvP1C32',
          args: [
            image, pixels, segments, plan.segmentOffsets.length, plan.tapsPerSegment * groups,
            weights, bases, channels, pixelsPerChunk(channels), sums, record, output,
          ],
          items,
        },
      ],
    };
  },
};
