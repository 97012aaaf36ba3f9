import { checkLayer } from '../check-layer.ts';
import { pixelsPerChunk } from '../chunk.ts';
import { placeFinish } from '../finish-record.ts';
import { planImage } from '../image-plan.ts';
import type { LayerGeometry, LayerKernel } from '../kernel.ts';
import { place } from '../memory.ts';
import { channelBases, GROUP, packEntryNumbers, paddedPixel, TABLE_BYTES } from './pack.ts';

/** Half of an entry, at most 31, is summed in 16 bits without a sign. */
const MOST_GROUPS = Math.floor(65535 / 31);
/** One half of a tile that holds more channels is wasted on fewer. */
const FEWEST_CHANNELS = 9;
/** With a smaller patch, or if a table is looked up less often, making the tables takes longer than the lookups save. */
const FEWEST_INPUTS = 32;
const FEWEST_LOOKUPS = 64;

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
    groupsOfPatch(geometry) <= MOST_GROUPS &&
    parameters.arithmetic === 'integer' &&
    parameters.codes.every((code) => code === 1 || code === -1),
  pays: (g) => {
    const taps = g.kernelHeight * g.kernelWidth;
    const lookups = (taps * g.outputChannels * g.outputHeight * g.outputWidth) / (g.inputHeight * g.inputWidth);
    return g.outputChannels >= FEWEST_CHANNELS && taps * g.inputChannels >= FEWEST_INPUTS && lookups >= FEWEST_LOOKUPS;
  },
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
      tile: { inputChannels: 1, outputChannels: 16 },
      work: [
        {
          export: 'buildSignTables',
          args: [input, image + plan.interiorOffset, g.inputWidth, g.inputChannels, plan.rowBytes],
          items: g.inputHeight,
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
