import { ROUNDER } from '../../base/round.ts';
import type { Tensor } from '@tensorflow/tfjs-core';
import { elementCount } from '../../graph/graph.ts';
import type { Grid } from '../../quant/calibration.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';
import { ELEMENT_GRAIN } from './channel-rows.ts';

// Every operation rounds to float32, as the runtime's do: the compiled kernels give the same bits.

/** q of the runtime's quantise stage: rne(fround(x·fround(1/s))) + z, before it is limited to −128…127. */
export const inverseOf = (grid: Grid): number => Math.fround(1 / grid.scale);

/** Ends of a grid in steps from its zero. */
export const lowestStep = ({ zeroPoint }: Grid): number => -128 - zeroPoint;
export const highestStep = ({ zeroPoint }: Grid): number => 127 - zeroPoint;

const onGridGradient: ArrayOperator<Grid> = {
  name: 'OnGridGradient',
  outputs: ([x]) => [x],
  run: ([x, dy], [dx], grid) => {
    const inverse = inverseOf(grid);
    const low = lowestStep(grid) - 0.5;
    const high = highestStep(grid) + 0.5;
    for (let i = 0; i < dx.length; i++) {
      const position = Math.fround(x[i] * inverse);
      dx[i] = dy[i] * (Number(position >= low) * Number(position <= high));
    }
  },
  fast: ({ kernels, inputs, outputs, attributes: grid, shapes: [shape] }) => {
    const args = [...inputs, ...outputs, inverseOf(grid), lowestStep(grid) - 0.5, highestStep(grid) + 0.5];
    kernels.run({ export: 'putOnGridGradient', args, items: elementCount(shape), grain: ELEMENT_GRAIN });
  },
};

/** x̂ = (clip(rne(x/s) + z) − z)·s; the gradient passes inside the range. */
const onGrid: ArrayOperator<Grid> = {
  name: 'OnGrid',
  outputs: ([x]) => [x],
  run: ([x], [y], grid) => {
    const inverse = inverseOf(grid);
    const low = lowestStep(grid);
    const high = highestStep(grid);
    for (let i = 0; i < y.length; i++) {
      const step = Math.fround(x[i] * inverse) + ROUNDER - ROUNDER;
      y[i] = (step < low ? low : step > high ? high : step) * grid.scale;
    }
  },
  fast: ({ kernels, inputs, outputs, attributes: grid, shapes: [shape] }) => {
    const args = [...inputs, ...outputs, inverseOf(grid), grid.scale, lowestStep(grid), highestStep(grid)];
    kernels.run({ export: 'putOnGrid', args, items: elementCount(shape), grain: ELEMENT_GRAIN });
  },
  gradient: { inputs: [0], run: ([dy], [x], grid) => apply(onGridGradient, [x, dy], grid) },
};

export function putOnGrid(x: Tensor, { scale, zeroPoint }: Grid): Tensor {
  return apply(onGrid, [x], { scale, zeroPoint })[0];
}

/** Values on a grid ↔ their integer codes, so that integer operators can be computed exactly. Linear both ways. */
const rescale: ArrayOperator<{ readonly grid: Grid; readonly to: 'codes' | 'values' | 'neither'; readonly factor: number }> = {
  name: 'GridCodes',
  outputs: ([x]) => [x],
  run: ([x], [y], { grid: { scale, zeroPoint }, to, factor }) => {
    for (let i = 0; i < y.length; i++) {
      if (to === 'codes') y[i] = x[i] / scale + zeroPoint + ROUNDER - ROUNDER;
      else if (to === 'values') y[i] = (x[i] + ROUNDER - ROUNDER - zeroPoint) * scale;
      else y[i] = x[i] * factor;
    }
  },
  fast: ({ kernels, inputs, outputs, attributes: { grid, to, factor }, shapes: [shape] }) => {
    const work = { items: elementCount(shape), grain: ELEMENT_GRAIN };
    const addresses = [...inputs, ...outputs];
    if (to === 'neither') kernels.run({ export: 'scaleValues', args: [...addresses, factor], ...work });
    else kernels.run({ export: to === 'codes' ? 'codesOnGrid' : 'valuesOfCodes', args: [...addresses, grid.scale, grid.zeroPoint], ...work });
  },
  gradient: {
    run: ([dy], _, { grid, to }) => apply(rescale, [dy], { grid, to: 'neither', factor: Math.fround(to === 'codes' ? 1 / grid.scale : grid.scale) }),
  },
};

/** Integer codes of values that lie on the grid. */
export function codesOnGrid(x: Tensor, grid: Grid): Tensor {
  return apply(rescale, [x], { grid, to: 'codes', factor: 1 })[0];
}

/** Codes, rounded half to even, as values. */
export function valuesOfCodes(codes: Tensor, grid: Grid): Tensor {
  return apply(rescale, [codes], { grid, to: 'values', factor: 1 })[0];
}

interface AddGrids {
  readonly output: Grid;
  readonly a: Grid;
  readonly b: Grid;
}

/**
 * a + b as the runtime's integer addition: both rescaled to the output's grid in float32, one rounding. Limits come after,
 * from the fused activation. The gradient passes inside the output's range.
 */
const addOnGrid: ArrayOperator<AddGrids> = {
  name: 'AddOnGrid',
  outputs: ([x]) => [x],
  run: ([left, right], [y], { output, a, b }) => {
    const ratioA = Math.fround(a.scale / output.scale);
    const ratioB = Math.fround(b.scale / output.scale);
    const low = lowestStep(output);
    const high = highestStep(output);
    for (let i = 0; i < y.length; i++) {
      const stepA = left[i] / a.scale + ROUNDER - ROUNDER;
      const stepB = right[i] / b.scale + ROUNDER - ROUNDER;
      const step = Math.fround(Math.fround(stepA * ratioA) + Math.fround(stepB * ratioB)) + ROUNDER - ROUNDER;
      y[i] = (step < low ? low : step > high ? high : step) * output.scale;
    }
  },
  fast: ({ kernels, inputs, outputs, attributes: { output, a, b }, shapes: [shape] }) => {
    const factors = [a.scale, b.scale, a.scale / output.scale, b.scale / output.scale, output.scale, lowestStep(output), highestStep(output)];
    kernels.run({ export: 'addOnGrid', args: [...inputs, ...outputs, ...factors], items: elementCount(shape), grain: ELEMENT_GRAIN });
  },
  gradient: {
    inputs: [0, 1],
    run: ([dy], [x, y], { output }) => {
      const [dx] = apply(addOnGridGradient, [x, y, dy], output);
      return [dx, dx.clone()];
    },
  },
};

const addOnGridGradient: ArrayOperator<Grid> = {
  name: 'AddOnGridGradient',
  outputs: ([x]) => [x],
  run: ([a, b, dy], [dx], grid) => {
    const low = Math.fround((lowestStep(grid) - 0.5) * grid.scale);
    const high = Math.fround((highestStep(grid) + 0.5) * grid.scale);
    for (let i = 0; i < dx.length; i++) {
      const sum = Math.fround(a[i] + b[i]);
      dx[i] = sum >= low && sum <= high ? dy[i] : 0;
    }
  },
  fast: ({ kernels, inputs, outputs, attributes: grid, shapes: [shape] }) => {
    const args = [...inputs, ...outputs, (lowestStep(grid) - 0.5) * grid.scale, (highestStep(grid) + 0.5) * grid.scale];
    kernels.run({ export: 'addOnGridGradient', args, items: elementCount(shape), grain: ELEMENT_GRAIN });
  },
};

export function addInt8(a: Tensor, b: Tensor, grids: AddGrids): Tensor {
  return apply(addOnGrid, [a, b], grids)[0];
}

export const INT8_OPERATORS = [onGrid, onGridGradient, rescale, addOnGrid, addOnGridGradient] as const;
