import { roundHalfEven } from '../base/round.ts';
import type { Grid } from '../quant/calibration.ts';

/** The codes nearest to two real limits: a fused activation on the int8 grid. */
export function clipCodes(grid: Grid, low: number, high: number): readonly [number, number] {
  const code = (real: number, fallback: number): number =>
    Number.isFinite(real) ? roundHalfEven(real / grid.scale) + grid.zeroPoint : fallback;
  return [Math.max(-128, code(low, -128)), Math.min(127, code(high, 127))];
}
