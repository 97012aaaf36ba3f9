import type { Tensor } from '@tensorflow/tfjs-core';
import { elementCount } from '../../graph/graph.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';
import { channelRows, chunksOf, repeatedRow, rowGrain } from './channel-rows.ts';

const gradient: ArrayOperator<null> = {
  name: 'RpreluGradient',
  outputs: ([x, , before]) => [x, before, before, before],
  run: ([x, dy, before, slope], [dx, dBefore, dSlope, dAfter]) => {
    const channels = slope.length;
    const sums = [0, 1, 2].map(() => new Float64Array(channels));
    const [moved, sloped, after] = sums;
    for (let i = 0, c = 0; i < dx.length; i++) {
      const u = Math.fround(x[i] + before[c]);
      const through = u > 0 ? dy[i] : dy[i] * slope[c];
      dx[i] = through;
      moved[c] += through;
      if (u <= 0) sloped[c] += dy[i] * u;
      after[c] += dy[i];
      if (++c === channels) c = 0;
    }
    [dBefore, dSlope, dAfter].forEach((target, i) => target.set(sums[i]));
  },
  fast: ({ kernels, inputs: [x, dy, before, slope], outputs: [dx, ...sums], shapes: [shape, , [channels]] }) => {
    const { width, length, rows } = channelRows(elementCount(shape), channels);
    const { chunks, chunkRows } = chunksOf(rows);
    const partials = kernels.workspace('partial sums', chunks * width * 24);
    const tables = [repeatedRow(kernels, 'shifts before PReLU', before, channels, width), repeatedRow(kernels, 'slopes of PReLU', slope, channels, width)];
    kernels.run({ export: 'rpreluGradient', args: [x, dy, dx, ...tables, width, length, chunks, chunkRows, partials], items: chunks, scratchBytes: width * 12 });
    sums.forEach((target, i) => kernels.run({ export: 'sumPartials', args: [partials + i * width * 8, chunks, width * 3, width, channels, target] }));
  },
};

/** u = x + before[c]; y = (u > 0 ? u : slope[c]·u) + after[c] (Liu et al. 2020, ReActNet, §4.2). Rounded as the runtime does. */
const rprelu: ArrayOperator<null> = {
  name: 'Rprelu',
  outputs: ([x]) => [x],
  run: ([x, before, slope, after], [y]) => {
    const channels = slope.length;
    for (let i = 0, c = 0; i < y.length; i++) {
      const u = Math.fround(x[i] + before[c]);
      y[i] = (u > 0 ? u : Math.fround(u * slope[c])) + after[c];
      if (++c === channels) c = 0;
    }
  },
  fast: ({ kernels, inputs: [x, before, slope, after], outputs: [y], shapes: [shape, [channels]] }) => {
    const layout = channelRows(elementCount(shape), channels);
    const { width, length } = layout;
    const tables = [
      repeatedRow(kernels, 'shifts before PReLU', before, channels, width),
      repeatedRow(kernels, 'slopes of PReLU', slope, channels, width),
      repeatedRow(kernels, 'shifts behind PReLU', after, channels, width),
    ];
    kernels.run({ export: 'rprelu', args: [x, y, ...tables, width, length], items: layout.rows, grain: rowGrain(layout) });
  },
  gradient: {
    inputs: [0, 1, 2],
    run: ([dy], [x, before, slope]) => apply(gradient, [x, dy, before, slope], null),
  },
};

/** x [..., c]; before, slope and after [c]. */
export function shiftedPrelu(x: Tensor, before: Tensor, slope: Tensor, after: Tensor): Tensor {
  return apply(rprelu, [x, before, slope, after], null)[0];
}

export const RPRELU_OPERATORS = [rprelu, gradient] as const;
