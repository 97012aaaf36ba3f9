import type { Tensor } from '@tensorflow/tfjs-core';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

export interface SignInput {
  /** `hardtanh` is the soft start of a run (METHODS §7.4). */
  readonly forward: 'sign' | 'hardtanh';
  /** ApproxSign: 2 − 2|x| (Bi-Real Net, eq. 8); clipped: 1; both on |x| ≤ 1. */
  readonly estimator: 'approximate' | 'clipped';
}

interface SignAttributes extends SignInput {
  /** 1 ÷ the step of each channel: |x + shift| is measured in steps. Null where the input comes in steps already. */
  readonly inverse: Float32Array | null;
}

const signInputGradient: ArrayOperator<SignAttributes> = {
  name: 'SignInputGradient',
  outputs: ([x, , shift]) => [x, shift],
  run: ([x, dy, shift], [dx, dShift], { forward, estimator, inverse }) => {
    const period = shift.length;
    const scale = inverse ?? new Float32Array(period).fill(1);
    const sums = new Float64Array(period);
    const sloped = forward === 'sign' && estimator === 'approximate';
    for (let i = 0, c = 0; i < dx.length; i++) {
      const inside = 1 - Math.abs(x[i] + shift[c]) * scale[c];
      // Without branches: inside + |inside| is 2·max(inside, 0).
      const gradient = dy[i] * scale[c] * (sloped ? inside + Math.abs(inside) : Number(inside >= 0));
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
