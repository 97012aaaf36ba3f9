import type { Tensor } from '@tensorflow/tfjs-core';
import { elementCount } from '../../graph/graph.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';
import type { TrainingKernels } from '../kernels/training-kernels.ts';
import { SIGN_ESTIMATORS, type SignEstimator, type SignEstimatorId } from './estimators.ts';
import { channelRows, chunksOf, repeatedRow, repeatInto, rowGrain } from './channel-rows.ts';

export interface SignInput {
  /** `hardtanh` is the soft start of a run (METHODS §7.4). */
  readonly forward: 'sign' | 'hardtanh';
  readonly estimator: SignEstimatorId;
  /** Of the run, 0 to 1: some estimators change over it. */
  readonly progress: number;
}

interface SignAttributes extends SignInput {
  /** 1 ÷ the step of each channel: |x + shift| is measured in steps. Null where the input comes in steps already. */
  readonly inverse: Float32Array | null;
}

/** A soft input has the derivative of Hardtanh, whatever stands for that of the sign. */
function estimatorOf({ forward, estimator }: SignInput): SignEstimator {
  return SIGN_ESTIMATORS[forward === 'sign' ? estimator : 'clipped'];
}

/** Rows of the shift and of the inverse steps. */
function tablesOf(kernels: TrainingKernels, shift: number, period: number, inverse: Float32Array | null, width: number): readonly [number, number] {
  const shifts = repeatedRow(kernels, 'shifts of signs', shift, period, width);
  const steps = kernels.workspace('steps of signs', width * 4);
  if (inverse) repeatInto(kernels, steps, inverse, width);
  else kernels.view(steps, width).fill(1);
  return [shifts, steps];
}

const signInputGradient: ArrayOperator<SignAttributes> = {
  name: 'SignInputGradient',
  outputs: ([x, , shift]) => [x, shift],
  run: ([x, dy, shift], [dx, dShift], attributes) => {
    const { slope, strength: strengthAt } = estimatorOf(attributes);
    const strength = strengthAt(attributes.progress);
    const period = shift.length;
    const scale = attributes.inverse ?? new Float32Array(period).fill(1);
    const sums = new Float64Array(period);
    for (let i = 0, c = 0; i < dx.length; i++) {
      const steps = Math.fround(Math.fround(x[i] + shift[c]) * scale[c]);
      const gradient = dy[i] * scale[c] * slope(steps, strength);
      dx[i] = gradient;
      sums[c] += gradient;
      if (++c === period) c = 0;
    }
    dShift.set(sums);
  },
  fast: ({ kernels, inputs: [x, dy, shift], outputs: [dx, dShift], attributes, shapes: [shape, , [period]] }) => {
    const { width, length, rows } = channelRows(elementCount(shape), period);
    const { chunks, chunkRows } = chunksOf(rows);
    const [shifts, scales] = tablesOf(kernels, shift, period, attributes.inverse, width);
    const partials = kernels.workspace('partial sums', chunks * width * 8);
    const { code, strength } = estimatorOf(attributes);
    const numbers = [width, length, chunks, chunkRows, code, strength(attributes.progress), partials];
    kernels.run({ export: 'takeSignsGradient', args: [x, dy, dx, shifts, scales, ...numbers], items: chunks, scratchBytes: width * 4 });
    kernels.run({ export: 'sumPartials', args: [partials, chunks, width, width, period, dShift] });
  },
};

/** sign(x + shift[c]), +1 where that is ≥ 0; channels repeat with the length of `shift`. */
const signInput: ArrayOperator<SignAttributes> = {
  name: 'SignInput',
  outputs: ([x]) => [x],
  run: ([x, shift], [y], { forward, inverse }) => {
    const period = shift.length;
    if (forward === 'sign') {
      for (let i = 0, c = 0; i < y.length; i++) {
        y[i] = 2 * Number(x[i] + shift[c] >= 0) - 1;
        if (++c === period) c = 0;
      }
      return;
    }
    const scale = inverse ?? new Float32Array(period).fill(1);
    for (let i = 0, c = 0; i < y.length; i++) {
      const steps = Math.fround(x[i] + shift[c]) * scale[c];
      y[i] = steps < -1 ? -1 : steps > 1 ? 1 : steps;
      if (++c === period) c = 0;
    }
  },
  fast: ({ kernels, inputs: [x, shift], outputs: [y], attributes: { forward, inverse }, shapes: [shape, [period]] }) => {
    const layout = channelRows(elementCount(shape), period);
    const { width, length } = layout;
    const [shifts, scales] = tablesOf(kernels, shift, period, inverse, width);
    const work = { items: layout.rows, grain: rowGrain(layout) };
    if (forward === 'sign') kernels.run({ export: 'takeSigns', args: [x, y, shifts, width, length], ...work });
    else kernels.run({ export: 'takeSoftSigns', args: [x, y, shifts, scales, width, length], ...work });
  },
  gradient: { inputs: [0, 1], run: ([dy], [x, shift], attributes) => apply(signInputGradient, [x, dy, shift], attributes) },
};

export function takeSigns(x: Tensor, shift: Tensor, attributes: SignInput, inverse: Float32Array | null): Tensor {
  return apply(signInput, [x, shift], { ...attributes, inverse })[0];
}

export const SIGN_OPERATORS = [signInput, signInputGradient] as const;
