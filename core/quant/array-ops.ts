import { roundHalfEven } from '../base/round.ts';
import { leastSquaresScale } from './least-squares-scale.ts';
import type { Ops } from './ops.ts';

/** A float32 tensor of the array arithmetic: a scalar, one value per channel, or [fanIn, channels]. */
export interface ArrayTensor {
  readonly data: Float32Array;
  readonly kind: 'scalar' | 'channel' | 'full';
  readonly channels: number;
}

export function fullTensor(data: Float32Array, channels: number): ArrayTensor {
  return { data, kind: 'full', channels };
}

export function channelTensor(data: Float32Array): ArrayTensor {
  return { data, kind: 'channel', channels: data.length };
}

const RANK = { scalar: 0, channel: 1, full: 2 } as const;

/** Both operands spread to the larger one's shape, so that the loop below is one plain pass. */
function spread(x: ArrayTensor, like: ArrayTensor): Float32Array {
  if (x.kind === like.kind) return x.data;
  const data = new Float32Array(like.data.length);
  if (x.kind === 'scalar') return data.fill(x.data[0]);
  for (let at = 0; at < data.length; at += x.channels) data.set(x.data, at);
  return data;
}

function combine(a: ArrayTensor, b: ArrayTensor, f: (x: number, y: number) => number): ArrayTensor {
  const like = RANK[a.kind] >= RANK[b.kind] ? a : b;
  const left = spread(a, like);
  const right = spread(b, like);
  const data = new Float32Array(like.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(left[i], right[i]);
  return { data, kind: like.kind, channels: like.channels };
}

function map(x: ArrayTensor, f: (value: number) => number): ArrayTensor {
  return { ...x, data: x.data.map(f) };
}

function reduce(x: ArrayTensor, initial: number, f: (sum: number, value: number) => number, divide: boolean): ArrayTensor {
  const { channels } = x;
  const totals = new Float64Array(channels).fill(initial);
  for (let i = 0, c = 0; i < x.data.length; i++) {
    totals[c] = f(totals[c], x.data[i]);
    if (++c === channels) c = 0;
  }
  const fanIn = x.data.length / channels;
  return channelTensor(Float32Array.from(totals, (total) => (divide ? total / fanIn : total)));
}

/** The formulas on plain arrays; every result is rounded to float32. */
export const arrayOps: Ops<ArrayTensor> = {
  constant: (value) => ({ data: Float32Array.of(value), kind: 'scalar', channels: 1 }),
  absolute: (x) => map(x, Math.abs),
  add: (a, b) => combine(a, b, (x, y) => x + y),
  subtract: (a, b) => combine(a, b, (x, y) => x - y),
  multiply: (a, b) => combine(a, b, (x, y) => x * y),
  divide: (a, b) => combine(a, b, (x, y) => x / y),
  minimum: (a, b) => combine(a, b, Math.min),
  maximum: (a, b) => combine(a, b, Math.max),
  round: (x) => map(x, roundHalfEven),
  sign: (x) => map(x, (value) => (value >= 0 ? 1 : -1)),
  greater: (a, b) => combine(a, b, (x, y) => (x > y ? 1 : 0)),
  greaterEqual: (a, b) => combine(a, b, (x, y) => (x >= y ? 1 : 0)),
  channelMean: (x) => reduce(x, 0, (sum, value) => sum + value, true),
  channelSum: (x) => reduce(x, 0, (sum, value) => sum + value, false),
  channelMaximum: (x) => reduce(x, Number.NEGATIVE_INFINITY, Math.max, false),
  leastSquaresScale: (x, largest) => channelTensor(leastSquaresScale(x.data, x.channels, largest)),
};
