import type { Tensor } from '@tensorflow/tfjs-core';
import { elementCount } from '../../graph/graph.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';
import { channelRows, repeatedRow, rowGrain } from './channel-rows.ts';

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
  fast: ({ kernels, inputs: [x], outputs: [y], attributes: { reduction }, shapes: [shape] }) => {
    const channels = shape[shape.length - 1];
    const rows = elementCount(shape) / channels;
    const work = { items: channels, grain: 16 };
    if (reduction === 'maximum') kernels.run({ export: 'maximumOfChannels', args: [x, y, rows, channels], ...work });
    else kernels.run({ export: 'sumChannels', args: [x, y, rows, channels, reduction === 'mean' ? rows : 1], ...work });
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
  fast: ({ kernels, inputs: [x, bias], outputs: [y], shapes: [shape, [channels]] }) => {
    const layout = channelRows(elementCount(shape), channels);
    const biases = repeatedRow(kernels, 'biases', bias, channels, layout.width);
    kernels.run({ export: 'addToChannels', args: [x, y, biases, layout.width, layout.length], items: layout.rows, grain: rowGrain(layout) });
  },
  gradient: { run: ([dy]) => [dy.clone(), reduceChannels(dy, 'sum')] },
};

export function addToChannels(x: Tensor, bias: Tensor): Tensor {
  return apply(channelAdd, [x, bias], null)[0];
}

export const CHANNEL_OPERATORS = [channelReduce, channelAdd] as const;
