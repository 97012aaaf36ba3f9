import { ROUNDER } from '../../base/round.ts';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Grid } from '../../quant/calibration.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

/** q of the runtime's quantise stage: rne(fround(x·fround(1/s))) + z, before it is limited to −128…127. */
const inverseOf = (grid: Grid): number => Math.fround(1 / grid.scale);

const onGridGradient: ArrayOperator<Grid> = {
  name: 'OnGridGradient',
  outputs: ([x]) => [x],
  run: ([x, dy], [dx], grid) => {
    const inverse = inverseOf(grid);
    const low = -128 - grid.zeroPoint - 0.5;
    const high = 127 - grid.zeroPoint + 0.5;
    for (let i = 0; i < dx.length; i++) {
      const position = x[i] * inverse;
      dx[i] = dy[i] * (Number(position >= low) * Number(position <= high));
    }
  },
};

/** x̂ = (clip(rne(x/s) + z) − z)·s; the gradient passes inside the range. */
const onGrid: ArrayOperator<Grid> = {
  name: 'OnGrid',
  outputs: ([x]) => [x],
  run: ([x], [y], grid) => {
    const inverse = inverseOf(grid);
    const { scale, zeroPoint } = grid;
    const low = -128 - zeroPoint;
    const high = 127 - zeroPoint;
    for (let i = 0; i < y.length; i++) {
      const step = Math.fround(x[i] * inverse) + ROUNDER - ROUNDER;
      y[i] = (step < low ? low : step > high ? high : step) * scale;
    }
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
  gradient: {
    run: ([dy], _, { grid, to }) => apply(rescale, [dy], { grid, to: 'neither', factor: to === 'codes' ? 1 / grid.scale : grid.scale }),
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

/**
 * a + b as the runtime's integer addition: both rescaled to the output's grid in float32, one rounding. Limits come after,
 * from the fused activation. The gradient passes inside the output's range.
 */
const addOnGrid: ArrayOperator<{ readonly output: Grid; readonly a: Grid; readonly b: Grid }> = {
  name: 'AddOnGrid',
  outputs: ([x]) => [x],
  run: ([left, right], [y], { output, a, b }) => {
    const ratioA = Math.fround(a.scale / output.scale);
    const ratioB = Math.fround(b.scale / output.scale);
    const low = -128 - output.zeroPoint;
    const high = 127 - output.zeroPoint;
    for (let i = 0; i < y.length; i++) {
      const stepA = left[i] / a.scale + ROUNDER - ROUNDER;
      const stepB = right[i] / b.scale + ROUNDER - ROUNDER;
      const step = Math.fround(Math.fround(stepA * ratioA) + Math.fround(stepB * ratioB)) + ROUNDER - ROUNDER;
      y[i] = (step < low ? low : step > high ? high : step) * output.scale;
    }
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
  run: ([a, b, dy], [dx], { scale, zeroPoint }) => {
    const low = (-128 - zeroPoint - 0.5) * scale;
    const high = (127 - zeroPoint + 0.5) * scale;
    for (let i = 0; i < dx.length; i++) {
      const sum = a[i] + b[i];
      dx[i] = sum >= low && sum <= high ? dy[i] : 0;
    }
  },
};

export function addInt8(a: Tensor, b: Tensor, grids: { readonly a: Grid; readonly b: Grid; readonly output: Grid }): Tensor {
  return apply(addOnGrid, [a, b], grids)[0];
}

export const INT8_OPERATORS = [onGrid, onGridGradient, rescale, addOnGrid, addOnGridGradient] as const;
