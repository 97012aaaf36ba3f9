import type { Tensor } from '@tensorflow/tfjs-core';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

export interface SignInput {
  /** `hardtanh` is the soft start of a run (METHODS §7.4). */
  readonly forward: 'sign' | 'hardtanh';
  /** ApproxSign: 2 − 2|x| (Bi-Real Net, eq. 8); clipped: 1; both on |x| ≤ 1. */
  readonly estimator: 'approximate' | 'clipped';
}

const signInputGradient: ArrayOperator<SignInput> = {
  name: 'SignInputGradient',
  outputs: ([x, , shift]) => [x, shift],
  run: ([x, dy, shift], [dx, dShift], { forward, estimator }) => {
    const period = shift.length;
    const sums = new Float64Array(period);
    const sloped = forward === 'sign' && estimator === 'approximate';
    for (let i = 0, c = 0; i < dx.length; i++) {
      const inside = 1 - Math.abs(x[i] + shift[c]);
      // Without branches: inside + |inside| is 2·max(inside, 0).
      const gradient = dy[i] * (sloped ? inside + Math.abs(inside) : Number(inside >= 0));
      dx[i] = gradient;
      sums[c] += gradient;
      if (++c === period) c = 0;
    }
    dShift.set(sums);
  },
};

/** sign(x + shift[c]), +1 where that is ≥ 0; channels repeat with the length of `shift`. */
const signInput: ArrayOperator<SignInput> = {
  name: 'SignInput',
  outputs: ([x]) => [x],
  run: ([x, shift], [y], { forward }) => {
    const period = shift.length;
    for (let i = 0, c = 0; i < y.length; i++) {
      const moved = x[i] + shift[c];
      y[i] = forward === 'sign' ? 2 * Number(moved >= 0) - 1 : moved < -1 ? -1 : moved > 1 ? 1 : moved;
      if (++c === period) c = 0;
    }
  },
  gradient: { inputs: [0, 1], run: ([dy], [x, shift], attributes) => apply(signInputGradient, [x, dy, shift], attributes) },
};

export function takeSigns(x: Tensor, shift: Tensor, attributes: SignInput): Tensor {
  return apply(signInput, [x, shift], attributes)[0];
}

export const SIGN_OPERATORS = [signInput, signInputGradient] as const;
