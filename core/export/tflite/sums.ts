import { withLevels } from '../../quant/two-levels.ts';
import type { LayerStep, StepParameters } from '../../runtime/program.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { TfliteType } from '../../tflite/model.ts';
import type { Emission, LayerParts } from './emission.ts';

export type CodeType = Extract<TfliteType, 'INT4' | 'INT8'>;

/** The smallest type that holds a scheme's codes: TensorFlow Lite has none of fewer than 4 bits, and its converters write none of 2. */
export function smallestType({ scheme, parameters }: LayerStep): CodeType {
  const { largestCode } = SCHEMES[scheme];
  const hasLevels = parameters.some(({ name }) => name === 'levels');
  return !hasLevels && largestCode > 1 && largestCode <= 7 ? 'INT4' : 'INT8';
}

export function codesOf(parameters: StepParameters): Int8Array {
  const levels = parameters['levels'] as Int32Array | undefined;
  return levels ? withLevels(parameters['codes'] as Int8Array, levels) : (parameters['codes'] as Int8Array);
}

/** A quarter of what sums of 32 bits hold, so that a sum and its bias fit together. */
export const LARGEST_BIAS = 2 ** 29;
/** |q − zero point| of 8 bits. */
const LARGEST_INPUT = 255;
const LARGEST_CODE = 127;

/** What the sums of any channel can reach. */
function reachOf(codes: Int8Array, channels: number): number {
  const sums = new Float64Array(channels);
  for (let i = 0; i < codes.length; i++) sums[i % channels] += Math.abs(codes[i]) * LARGEST_INPUT;
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
}

/** How a layer with an 8-bit result is stored. */
export interface Storage {
  readonly type: CodeType;
  /** What the codes are multiplied by. */
  readonly growth: number;
}

/** A bias is a whole number of steps of the sums; of this share of the result's steps it is fine enough. */
const COARSEST_BIAS = 0.5;

/**
 * Small codes are multiplied, so that the steps of the sums, which the bias is rounded to, become finer. Null: no integers are fine
 * enough, and the layer is computed in real numbers.
 */
export function storageOf(step: LayerStep, parameters: StepParameters): Storage | null {
  const codes = codesOf(parameters);
  const multiplier = parameters['multiplier'] as Float32Array;
  const coarsest = multiplier.reduce((most, m) => Math.max(most, Math.abs(m)), 0);
  if (smallestType(step) === 'INT4' && coarsest <= COARSEST_BIAS) return { type: 'INT4', growth: 1 };
  const largest = codes.reduce((most, code) => Math.max(most, Math.abs(code)), 1);
  const room = Math.floor(LARGEST_BIAS / Math.max(1, reachOf(codes, multiplier.length)));
  const growth = Math.max(1, Math.min(Math.floor(LARGEST_CODE / largest), room));
  return coarsest / growth <= COARSEST_BIAS ? { type: 'INT8', growth } : null;
}

/** Integer sums compared with the threshold of their channel: at or above it is +1. */
interface SignSums {
  readonly codes: Int8Array;
  readonly thresholds: Int32Array;
}

/** The layer's comparison, or where the file has the signs turned its opposite: sum < T is −sum ≥ 1 − T. */
export function signSums({ turned }: Emission, { parameters, output }: LayerParts): SignSums {
  const codes = codesOf(parameters);
  const thresholds = parameters['thresholds'] as Int32Array;
  const reach = reachOf(codes, thresholds.length) + 1;
  const limited = thresholds.map((t) => Math.min(Math.max(t, -reach), reach));
  if (!turned.has(output.index)) return { codes, thresholds: limited };
  return { codes: codes.map((code) => -code), thresholds: limited.map((t) => 1 - t) };
}
