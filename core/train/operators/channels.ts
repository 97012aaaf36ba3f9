import type { Tensor } from '@tensorflow/tfjs-core';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

/** Operators over the last axis, the channels. Sums run in double precision, as those of the array arithmetic do. */
type Reduction = 'sum' | 'mean' | 'maximum';

const channelReduce: ArrayOperator<{ readonly reduction: Reduction }> = {
  name: 'ChannelReduce',
  outputs: ([x]) => [[x[x.length - 1]]],
  run: ([x], [y], { reduction }) => {
    const channels = y.length;
    const totals = new Float64Array(channels).fill(reduction === 'maximum' ? Number.NEGATIVE_INFINITY : 0);
    for (let i = 0, c = 0; i < x.length; i++) {
      if (reduction !== 'maximum') totals[c] += x[i];
      else if (x[i] > totals[c]) totals[c] = x[i];
      if (++c === channels) c = 0;
    }
    const divisor = reduction === 'mean' ? x.length / channels : 1;
    for (let c = 0; c < channels; c++) y[c] = totals[c] / divisor;
  },
};

export function reduceChannels(x: Tensor, reduction: Reduction): Tensor {
  return apply(channelReduce, [x], { reduction })[0];
}

/** y = x + bias[c]. */
const channelAdd: ArrayOperator<null> = {
  name: 'ChannelAdd',
  outputs: ([x]) => [x],
  run: ([x, bias], [y]) => {
    const channels = bias.length;
    for (let i = 0, c = 0; i < y.length; i++) {
      y[i] = x[i] + bias[c];
      if (++c === channels) c = 0;
    }
  },
  gradient: { run: ([dy]) => [dy.clone(), reduceChannels(dy, 'sum')] },
};

export function addToChannels(x: Tensor, bias: Tensor): Tensor {
  return apply(channelAdd, [x, bias], null)[0];
}

/** y = fround(x·multiplier[c]) + offset[c]: batch norm as the runtime computes it. No gradient. */
const channelAffine: ArrayOperator<{ readonly multiplier: Float32Array; readonly offset: Float32Array }> = {
  name: 'ChannelAffine',
  outputs: ([x]) => [x],
  run: ([x], [y], { multiplier, offset }) => {
    const channels = multiplier.length;
    for (let i = 0, c = 0; i < y.length; i++) {
      y[i] = Math.fround(x[i] * multiplier[c]) + offset[c];
      if (++c === channels) c = 0;
    }
  },
};

export function affineChannels(x: Tensor, multiplier: Float32Array, offset: Float32Array): Tensor {
  return apply(channelAffine, [x], { multiplier, offset })[0];
}

export const CHANNEL_OPERATORS = [channelReduce, channelAdd, channelAffine] as const;
