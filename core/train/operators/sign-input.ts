import type { Tensor } from '@tensorflow/tfjs-core';
import { SIGN_ESTIMATORS, type SignEstimator, type SignEstimatorId } from './estimators.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

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

const signInputGradient: ArrayOperator<SignAttributes> = {
  name: 'SignInputGradient',
  outputs: ([x, , shift]) => [x, shift],
  run: ([x, dy, shift], [dx, dShift], { forward, estimator, progress, inverse }) => {
    const period = shift.length;
    const scale = inverse ?? new Float32Array(period).fill(1);
    const sums = new Float64Array(period);
    // A soft input has the derivative of Hardtanh, whatever stands for that of the sign.
    const row: SignEstimator = SIGN_ESTIMATORS[forward === 'sign' ? estimator : 'clipped'];
    const strength = row.strength(progress);
    for (let i = 0, c = 0; i < dx.length; i++) {
      const gradient = dy[i] * scale[c] * row.slope((x[i] + shift[c]) * scale[c], strength);
      dx[i] = gradient;
      sums[c] += gradient;
      if (++c === period) c = 0;
    }
    dShift.set(sums);
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
      const steps = (x[i] + shift[c]) * scale[c];
      y[i] = steps < -1 ? -1 : steps > 1 ? 1 : steps;
      if (++c === period) c = 0;
    }
  },
  gradient: { inputs: [0, 1], run: ([dy], [x, shift], attributes) => apply(signInputGradient, [x, dy, shift], attributes) },
};

export function takeSigns(x: Tensor, shift: Tensor, attributes: SignInput, inverse: Float32Array | null): Tensor {
  return apply(signInput, [x, shift], { ...attributes, inverse })[0];
}

export const SIGN_OPERATORS = [signInput, signInputGradient] as const;
