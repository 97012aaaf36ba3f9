import { roundHalfEven } from '../base/round.ts';
import type { Grid } from './calibration.ts';

/** A real value as the int8 grid stores it, rounded as the runtime rounds. */
export function onGrid(value: number, { scale, zeroPoint }: Grid): number {
  return (Math.min(127, Math.max(-128, roundHalfEven(value / scale) + zeroPoint)) - zeroPoint) * scale;
}
