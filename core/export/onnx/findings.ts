import { StudioError } from '../../base/errors.ts';
import { isFloatLayer, type LayerStep, type Program } from '../../runtime/program.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { Finding } from '../exporter.ts';
import { packedLayout } from '../packed/layout.ts';
import type { OnnxForm } from './emission.ts';
import { codeType } from './layer-parts.ts';
import { isFusable } from './layers.ts';
import { shippedOnnx, type OnnxNetwork } from './write.ts';

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;

const BITS: Readonly<Record<string, string>> = { int2: '2-bit', int4: '4-bit', int8: '8-bit' };

/** What a runtime does with a layer that the studio computes in integers or bits. */
function costOf(step: LayerStep, form: OnnxForm, bytes: number, packedBytes: number): string {
  if (form === 'qonnx') return `${step.node}, ${SCHEMES[step.scheme].name}, has weights of 32 bits behind the node that quantises them, as QONNX has them: ${kilobytes(bytes)} here, ${kilobytes(packedBytes)} packed.`;
  const hasLevels = step.parameters.some(({ name }) => name === 'levels');
  const arithmetic = form === 'qdq' && isFusable(step) ? 'may run in 8-bit integers, rounded as the runtime does' : 'runs as a convolution of real numbers in ONNX runtimes, with the same results';
  return `${step.node}, ${SCHEMES[step.scheme].name}, ${arithmetic}; its weights are ${BITS[codeType(step, hasLevels)]} numbers: ${kilobytes(bytes)} here, ${kilobytes(packedBytes)} packed.`;
}

/** Writes the network to see what it takes: sizes are those of the file. */
export function findings(program: Program, form: OnnxForm): readonly Finding[] {
  let written: OnnxNetwork;
  try {
    written = shippedOnnx(program, form);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return [{ layer: error.where ?? null, severity: 'refused', message: error.message }];
  }
  const packed = packedLayout(program.network).nodes;
  return program.network.steps.flatMap((step, index): readonly Finding[] => {
    if (step.kind !== 'layer' || isFloatLayer(step)) return [];
    const zeroPoint = program.parameters[index]['outputGrid']?.[0] ?? -128;
    const shifted: readonly Finding[] =
      form === 'qonnx' && zeroPoint !== 0 && zeroPoint !== -128 ? [{ layer: step.node, severity: 'lowered', message: `${step.node} gives 8-bit numbers with the zero point ${zeroPoint}: QONNX has those, FINN takes none but 0.` }] : [];
    return [...shifted, { layer: step.node, severity: 'lowered', message: costOf(step, form, written.bytesOf(step.node), packed[step.node] ?? 0) }];
  });
}
