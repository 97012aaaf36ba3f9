import { StudioError } from '../../base/errors.ts';
import { roundHalfEven } from '../../base/round.ts';
import type { PoolAttributes } from '../../graph/graph.ts';
import type { OpStep, StepParameters } from '../program.ts';
import { averagePool, copy, gather, gatherTable, globalPool, maxPool, type OperatorInput, type OperatorRun } from './float32.ts';

/** Adding and subtracting 1.5·2^52 rounds a double of ordinary size half to even. */
const ROUNDER = 6755399441055744;

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
  const lowCode = Number.isFinite(low) ? Math.max(-128, roundHalfEven(low / scaleOut) + zeroOut) : -128;
  const highCode = Number.isFinite(high) ? Math.min(127, roundHalfEven(high / scaleOut) + zeroOut) : 127;
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
  const [input] = inputs;
  const pool = step.attributes as unknown as PoolAttributes;
  switch (step.op) {
    case 'add':
      return add(input, inputs[1], output, parameters);
    case 'max-pool':
      return maxPool(pool, input, output);
    case 'average-pool':
      return averagePool(pool, input, output);
    case 'global-average-pool':
      return averagePool(globalPool(input.shape), input, output);
    case 'reshape':
    case 'identity':
      return copy(input.view, output.view);
    case 'transpose':
    case 'slice':
    case 'pad':
      return gather(gatherTable(step, input.shape, output.shape), input.view, output.view, parameters['grid'][1]);
    default:
      throw new StudioError(`The runtime has no int8 ${step.op} operator.`, { where: step.node });
  }
}
