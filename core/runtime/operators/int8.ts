import { ROUNDER } from '../../base/round.ts';
import { clipCodes } from '../clip-codes.ts';
import type { OpStep, StepParameters } from '../program.ts';
import { keepingOperator, type OperatorInput, type OperatorRun } from './float32.ts';

/** fround((q − zero)·ratio) for every int8 q. */
function rescaleTable(ratio: number, zero: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, i) => (i - 128 - zero) * ratio);
}

/**
 * a + b on the output grid: fround((qa − za)·(sa/so)) + fround((qb − zb)·(sb/so)), rounded half to even, then clipped to
 * the codes of the fused activation.
 */
function add(
  a: OperatorInput<Int8Array>,
  b: OperatorInput<Int8Array>,
  output: OperatorInput<Int8Array>,
  parameters: StepParameters,
): OperatorRun {
  const [scaleOut, zeroOut] = parameters['grid'];
  const [scaleA, zeroA] = parameters['grid0'];
  const [scaleB, zeroB] = parameters['grid1'];
  const left = rescaleTable(Math.fround(scaleA / scaleOut), zeroA);
  const right = rescaleTable(Math.fround(scaleB / scaleOut), zeroB);
  const [low, high] = parameters['limits'];
  const [lowCode, highCode] = clipCodes({ scale: scaleOut, zeroPoint: zeroOut }, low, high);
  return () => {
    for (let i = 0; i < output.view.length; i++) {
      const sum = Math.fround(left[a.view[i] + 128] + right[b.view[i] + 128]);
      const code = sum + ROUNDER - ROUNDER + zeroOut;
      output.view[i] = code < lowCode ? lowCode : code > highCode ? highCode : code;
    }
  };
}

export function int8Operator(
  step: OpStep,
  parameters: StepParameters,
  inputs: readonly OperatorInput<Int8Array>[],
  output: OperatorInput<Int8Array>,
): OperatorRun {
  return step.op === 'add' ? add(inputs[0], inputs[1], output, parameters) : keepingOperator(step, inputs[0], output, parameters['grid'][1]);
}
