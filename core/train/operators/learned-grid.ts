import * as tf from '@tensorflow/tfjs-core';
import { roundHalfEven } from '../../base/round.ts';
import type { Grid } from '../../quant/calibration.ts';
import { elementCount } from '../../graph/graph.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';
import { chunksOf, ELEMENT_GRAIN } from './channel-rows.ts';
import { addInt8, highestStep, lowestStep, putOnGrid } from './int8-grid.ts';

/** A grid whose scale is start·ratio, the ratio being a variable. */
export interface LearnedGrid {
  readonly grid: Grid;
  readonly ratio: tf.Tensor;
  readonly start: number;
  /** LSQ learns the step, PACT where the range ends. */
  readonly rule: 'step' | 'clip';
}

type Attributes = Omit<LearnedGrid, 'ratio'> & { readonly sampleSize: number };

/** Weight of the clip's own square in the loss (Choi et al. 2018, PACT, §3.1). */
const CLIP_DECAY = 1e-4;

/** From the sum for the step or the end of the range to the ratio's. */
function ratioGradient(sum: number, { grid, start, rule, sampleSize }: Attributes): number {
  const high = highestStep(grid);
  return rule === 'step' ? (sum * start) / Math.sqrt(sampleSize * high) : (sum + CLIP_DECAY * grid.scale * high) * high * start;
}

/**
 * Inputs: real values, their values on the grid, dy; outputs: dx and the gradient of the ratio.
 * step: round(x/s) − x/s inside, the last level outside, times 1/√(N·Q) (Esser et al. 2020, LSQ, eq. 3 and §2.2).
 * clip: 1 where x is at or beyond the end α = s·Q, plus the decay of α (PACT, eq. 3).
 */
const learnedGridGradient: ArrayOperator<Attributes> = {
  name: 'LearnedGridGradient',
  outputs: ([x]) => [x, [1]],
  run: ([x, onGrid, dy], [dx, dRatio], attributes) => {
    const { grid, rule } = attributes;
    const { scale } = grid;
    const low = lowestStep(grid);
    const high = highestStep(grid);
    let sum = 0;
    for (let i = 0; i < dx.length; i++) {
      const position = Math.fround(x[i] / scale);
      const inside = rule === 'clip' ? position < high : position >= low - 0.5 && position <= high + 0.5;
      dx[i] = inside ? dy[i] : 0;
      if (rule === 'step') sum += dy[i] * (roundHalfEven(onGrid[i] / scale) - (inside ? position : 0));
      else if (!inside) sum += dy[i];
    }
    dRatio[0] = ratioGradient(sum, attributes);
  },
  fast: ({ kernels, inputs, outputs: [dx, dRatio], attributes, shapes: [shape] }) => {
    const { grid, rule } = attributes;
    const length = elementCount(shape);
    const { chunks, chunkRows: chunkLength } = chunksOf(length, ELEMENT_GRAIN);
    const partials = kernels.workspace('partial sums', chunks * 32);
    const ends = rule === 'step' ? [lowestStep(grid) - 0.5, highestStep(grid) + 0.5, 1] : [Number.NEGATIVE_INFINITY, highestStep(grid), 0];
    // Chunks begin where four values do.
    const args = [...inputs, dx, length, Math.ceil(chunkLength / 4) * 4, grid.scale, ...ends, partials];
    kernels.run({ export: 'learnedGridGradient', args, items: chunks });
    kernels.run({ export: 'sumPartials', args: [partials, chunks, 4, 4, 1, dRatio] });
    const [sum] = kernels.view(dRatio, 1);
    kernels.view(dRatio, 1)[0] = ratioGradient(sum, attributes);
  },
};

function attributesOf({ grid, start, rule }: LearnedGrid, x: tf.Tensor): Attributes {
  return { grid, start, rule, sampleSize: x.size / x.shape[0] };
}

/** x on the grid, with the gradient of the grid's scale. */
export function putOnLearnedGrid(x: tf.Tensor, learned: LearnedGrid): tf.Tensor {
  const operator = tf.customGrad((...given) => {
    const [real, , save] = given as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const value = putOnGrid(real, learned.grid);
    save([real, value]);
    return { value, gradFunc: (dy: tf.Tensor, [r, q]: tf.Tensor[]) => apply(learnedGridGradient, [r, q, dy], attributesOf(learned, r)) };
  });
  return operator(x, learned.ratio);
}

/** a + b as the runtime's integer addition, on an output grid whose scale is learned. */
export function addOnLearnedGrid(a: tf.Tensor, b: tf.Tensor, grids: { readonly a: Grid; readonly b: Grid }, learned: LearnedGrid): tf.Tensor {
  const operator = tf.customGrad((...given) => {
    const [left, right, , save] = given as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const value = addInt8(left, right, { ...grids, output: learned.grid });
    save([tf.add(left, right), value]);
    const gradFunc = (dy: tf.Tensor, [real, q]: tf.Tensor[]): tf.Tensor[] => {
      const [dx, dRatio] = apply(learnedGridGradient, [real, q, dy], attributesOf(learned, real));
      return [dx, dx.clone(), dRatio];
    };
    return { value, gradFunc };
  });
  return operator(a, b, learned.ratio);
}

export const LEARNED_GRID_OPERATORS = [learnedGridGradient] as const;
