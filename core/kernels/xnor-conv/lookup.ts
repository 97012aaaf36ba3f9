import { checkLayer } from '../check-layer.ts';
import { copyRows } from '../copy-rows.ts';
import { placeFinish } from '../finish-record.ts';
import { planImage } from '../image-plan.ts';
import { signBytes, type KernelMemory, type LayerKernel, type Work } from '../kernel.ts';
import { place } from '../memory.ts';
import { countLimits, layOutPairs, mismatchTables, packSignNibbles } from './lookup-layout.ts';
import { fillWithPlus, sumBases } from './pack.ts';

/** Counts are int16. */
const MOST_TERMS = 32767;

const tablesOf = new WeakMap<KernelMemory, number>();

function placeTables(memory: KernelMemory): number {
  const tables = tablesOf.get(memory) ?? place(memory, mismatchTables());
  tablesOf.set(memory, tables);
  return tables;
}

/** Every shape with up to 32,767 terms a sum. Tiles of 1 pair × 64, 2 × 32 and 4 × 16 output channels. */
export const xnorConvLookup: LayerKernel = {
  id: 'xnor-conv-lookup-simd',
  arithmetic: 'xnor',
  variant: 'wasm',
  fuses: true,
  supports: (g) => g.op !== 'depthwise-conv2d' && g.kernelHeight * g.kernelWidth * (g.inputChannels + 12) <= MOST_TERMS,
  prepare({ geometry: g, parameters, finish, input, output }, memory) {
    const { codes, padding } = checkLayer(g, parameters, 'xnor');
    const pixelBytes = signBytes(g.inputChannels);
    const plan = planImage(g, pixelBytes);
    const width = plan.rowBytes / pixelBytes;
    const height = plan.imageBytes / plan.rowBytes;
    const layout = layOutPairs(g, plan, width);
    const bases = sumBases(g, codes, padding, 16);
    const weights = packSignNibbles(codes, g, layout.slots);
    const groupBytes = g.kernelHeight * g.kernelWidth * layout.slots * 16;
    const limits = finish.kind === 'threshold' ? countLimits(bases, finish.thresholds) : null;

    // One more entry, for what is read and not used behind an odd last pixel.
    const limitRows = new Int32Array(bases.rowOfPixel.length + 1);
    bases.rowOfPixel.forEach((row, pixel) => (limitRows[pixel] = row * bases.rowLength * 2));

    const image = plan.padded ? memory.allocate(plan.imageBytes) : input;
    if (plan.padded && padding === 'plus') {
      fillWithPlus(new Uint8Array(memory.buffer, image, plan.imageBytes), g.inputChannels);
    }
    const pairImage = memory.allocate(height * layout.pairStride);
    const runs = place(memory, layout.runs);
    const record = place(memory, Uint32Array.of(
      pairImage, place(memory, layout.pairs), runs, runs + layout.runs.byteLength, placeTables(memory),
      place(memory, weights), groupBytes, limits ? place(memory, limits) : 0, place(memory, bases.rows),
      place(memory, limitRows), placeFinish(memory, finish), output, g.outputChannels,
    ));
    const copyIntoBorder: Work[] = plan.padded
      ? [copyRows(input, image + plan.interiorOffset, g.inputHeight, g.inputWidth * pixelBytes, plan.rowBytes)]
      : [];
    return {
      description: 'xnor conv by table lookup, 2 pixels × 64 channels, wasm',
      tile: { inputChannels: 4, outputChannels: 16 },
      work: [
        ...copyIntoBorder,
        {
          export: 'expandSignPairs',
          args: [image, plan.rowBytes, width, pixelBytes / 8, g.strideX, pairImage, layout.pairStride, layout.slots],
          items: height,
        },
        { export: 'xnorConvLookup', args: [record], items: layout.pairs.length / 2, scratch: true },
      ],
    };
  },
};
