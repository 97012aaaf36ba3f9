import { aligned, chunksOf, eights, fours } from '../convolution/shape.ts';
import type { TrainingKernels } from '../training-kernels.ts';
import { packPanels, panelFloats } from './panels.ts';

/** Rows whose left side stays in the cache; the same number stands in assembly/strided-rows.ts. */
const BLOCK_ROWS = 48;
/** Bytes that a sum of outer products walks again and again: most of a first-level cache. */
const BLOCK_BYTES = 16384;
/** Up to so many columns the right side is read where it lies; the same number stands in assembly/outer-products.ts. */
const FEW_COLUMNS = 32;
/** Sums of fewer rows are not divided into chunks. */
const MANY_ROWS = 2048;

/** Rows that a sum of outer products takes at a time: `height` floats of them on the left, `columns` on the right. */
export const blockOf = (height: number, columns: number): number =>
  Math.max(24, Math.min(256, Math.floor(BLOCK_BYTES / 4 / (height + (columns > FEW_COLUMNS ? 8 : columns)))));

/** output [rows, columns] = left [rows, inner] · right, which is [inner, columns], or [columns, inner] where `turned`. */
export function multiply(
  kernels: TrainingKernels,
  { rows, inner, columns, turned }: { readonly rows: number; readonly inner: number; readonly columns: number; readonly turned: boolean },
  left: number,
  right: number,
  output: number,
): void {
  const panels = kernels.workspace('panels', panelFloats(inner, columns) * 4);
  packPanels(kernels, { address: right, inner, columns, innerStride: turned ? 1 : columns, columnStride: turned ? inner : 1 }, panels);
  kernels.run({
    export: 'multiplyMatrixRows',
    args: [left, inner * 4, inner, panels, columns, output],
    items: rows,
    grain: 12,
    scratchBytes: BLOCK_ROWS * 32,
  });
}

/** output [height, columns] = leftᵀ · right, of left [count, height] and right [count, columns]. */
export function multiplyTransposed(
  kernels: TrainingKernels,
  { height, columns, count }: { readonly height: number; readonly columns: number; readonly count: number },
  left: number,
  right: number,
  output: number,
): void {
  const outputStride = eights(columns) * 4;
  const partialBytes = fours(height) * outputStride;
  const chunks = count < MANY_ROWS ? 1 : chunksOf(count, partialBytes);
  const isTight = chunks === 1 && height % 4 === 0 && columns % 8 === 0;
  const partials = isTight ? output : kernels.workspace('partials', chunks * partialBytes);
  const block = blockOf(height, columns);
  const scratchBytes = aligned(block * 4) + block * 32;
  if (chunks === 1) {
    kernels.run({ export: 'multiplyTransposed', args: [left, height, right, columns, count, block, partials, outputStride], items: fours(height) / 4, grain: 3, scratchBytes });
  } else {
    kernels.run({ export: 'sumProducts', args: [left, height, right, columns, count, block, partials, outputStride, partialBytes, chunks], items: chunks, scratchBytes });
  }
  if (!isTight) {
    kernels.run({ export: 'addPartials', args: [partials, partialBytes, chunks, height, partialBytes, outputStride, output, columns], items: height });
  }
}
