import { ROUNDER } from '../../base/round.ts';
import { clipCodes } from '../clip-codes.ts';
import type { OpStep, StepParameters } from '../program.ts';
import { keepingOperator, type OperatorInput, type OperatorRun } from './float32.ts';

/** fround((q − zero)·ratio) for every int8 q. */
function rescaleTable(ratio: number, zero: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, i) => (i - 128 - zero) * ratio);
}

/** Float32 numbers of an int8 addition: every operand is brought to the scale of the result. */
export interface Int8Addition {
  readonly ratioA: number;
  readonly zeroA: number;
  readonly ratioB: number;
  readonly zeroB: number;
  readonly zeroPoint: number;
  /** Codes of the fused activation's limits. */
  readonly low: number;
  readonly high: number;
}

export function int8Addition(parameters: StepParameters): Int8Addition {
  const [scale, zeroPoint] = parameters['grid'];
  const [scaleA, zeroA] = parameters['grid0'];
  const [scaleB, zeroB] = parameters['grid1'];
  const [low, high] = clipCodes({ scale, zeroPoint }, parameters['limits'][0], parameters['limits'][1]);
  return { ratioA: Math.fround(scaleA / scale), zeroA, ratioB: Math.fround(scaleB / scale), zeroB, zeroPoint, low, high };
}

/**
 * a + b on the output grid: fround((qa − za)·(sa/so)) + fround((qb − zb)·(sb/so)), rounded half to even, then clipped to
 * the codes of the fused activation.
 */
function add(
  a: OperatorInput<Int8Array>,
  b: OperatorInput<Int8Array>,
  output: OperatorInput<Int8Array>,
  { ratioA, zeroA, ratioB, zeroB, zeroPoint, low, high }: Int8Addition,
): OperatorRun {
  const left = rescaleTable(ratioA, zeroA);
  const right = rescaleTable(ratioB, zeroB);
  return () => {
    for (let i = 0; i < output.view.length; i++) {
      const sum = Math.fround(left[a.view[i] + 128] + right[b.view[i] + 128]);
      const code = sum + ROUNDER - ROUNDER + zeroPoint;
      output.view[i] = code < low ? low : code > high ? high : code;
    }
  };
}

export function int8Operator(
  step: OpStep,
  parameters: StepParameters,
  inputs: readonly OperatorInput<Int8Array>[],
  output: OperatorInput<Int8Array>,
): OperatorRun {
  return step.op === 'add' ? add(inputs[0], inputs[1], output, int8Addition(parameters)) : keepingOperator(step, inputs[0], output, parameters['grid'][1]);
}
