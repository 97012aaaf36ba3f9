import { ROUNDER } from '../base/round.ts';

/** Scales below this stand for an all-zero channel (METHODS §3: keep s ≥ 1e-6). */
export const SMALLEST_SCALE = 1e-6;
const CANDIDATES = 100;
/** Squared error of one channel on the grid −largest…largest with this scale. */
function squaredError(column: Float32Array, scale: number, largest: number): number {
  const inverse = 1 / scale;
  let error = 0;
  for (let i = 0; i < column.length; i++) {
    let code = column[i] * inverse + ROUNDER - ROUNDER;
    if (code > largest) code = largest;
    else if (code < -largest) code = -largest;
    const difference = column[i] - code * scale;
    error += difference * difference;
  }
  return error;
}

/** See `Ops.leastSquaresScale`. Weights [fanIn, channels], flat. */
export function leastSquaresScale(weights: Float32Array, channels: number, largest: number): Float32Array {
  const fanIn = weights.length / channels;
  const column = new Float32Array(fanIn);
  const scales = new Float32Array(channels);
  for (let k = 0; k < channels; k++) {
    let top = 0;
    for (let i = 0; i < fanIn; i++) {
      column[i] = weights[i * channels + k];
      top = Math.max(top, Math.abs(column[i]));
    }
    const full = Math.max(Math.fround(top / largest), SMALLEST_SCALE);
    let best = full;
    let lowest = squaredError(column, full, largest);
    for (let c = 1; c < CANDIDATES; c++) {
      const scale = Math.max(Math.fround(full * (1 - (0.8 * c) / (CANDIDATES - 1))), SMALLEST_SCALE);
      const error = squaredError(column, scale, largest);
      if (error < lowest) {
        lowest = error;
        best = scale;
      }
    }
    scales[k] = best;
  }
  return scales;
}
