import type { LayerStep, Program } from '../../runtime/program.ts';
import { layerFindings } from '../findings.ts';
import type { Finding } from '../result.ts';
import type { OnnxForm } from './emission.ts';
import { codeType } from './layer-parts.ts';
import { isFusable } from './layers.ts';
import { shippedOnnx } from './write.ts';

const BITS: Readonly<Record<string, string>> = { int2: '2-bit', int4: '4-bit', int8: '8-bit' };

/** What a runtime does with a layer that the studio computes in integers or bits. */
function costOf(step: LayerStep, form: OnnxForm): string {
  if (form === 'qonnx') return 'has weights of 32 bits behind the node that quantises them, as QONNX has them';
  const hasLevels = step.parameters.some(({ name }) => name === 'levels');
  const arithmetic = form === 'qdq' && isFusable(step) ? 'may run in 8-bit integers, rounded as the runtime does' : 'runs as a convolution of real numbers in ONNX runtimes, with the same results';
  return `${arithmetic}; its weights are ${BITS[codeType(step, hasLevels)]} numbers`;
}

export function findings(program: Program, form: OnnxForm): readonly Finding[] {
  return layerFindings(
    program,
    () => shippedOnnx(program, form),
    (step, index) => {
      const zeroPoint = program.parameters[index]['outputGrid']?.[0] ?? -128;
      const isShifted = form === 'qonnx' && zeroPoint !== 0 && zeroPoint !== -128;
      const also = isShifted ? [`${step.node} gives 8-bit numbers with the zero point ${zeroPoint}: QONNX has those, FINN takes none but 0.`] : [];
      return { also, what: costOf(step, form) };
    },
  );
}
