import type { Agreement, Exporter, RuntimeReader } from '../exporter.ts';
import { TARGETS, type Target } from '../targets.ts';
import type { OnnxForm } from './emission.ts';

/**
 * What may differ where a runtime rounds. On ResNet-8, MobileNet and LeNet, 200 pictures each: in exact files 0.1 % of a layer behind
 * float32 layers and no answer. In QDQ files 5.4 % of a layer, and of ResNet-8's 1,000 answers 26, all between logits that lie within
 * 10 % of their range, and all but 2 within 5 %.
 */
const AGREEMENT: Readonly<Record<OnnxForm, Agreement>> = {
  exact: { deviation: 1e-2, tie: 1e-3, least: 0.995 },
  qdq: { deviation: 0.1, tie: 0.1, least: 0.95 },
  qonnx: { deviation: 1e-2, tie: 1e-3, least: 0.995 },
};

function reader(form: OnnxForm): RuntimeReader {
  return {
    kind: 'runtime',
    label: form === 'qonnx' ? 'ONNX Runtime Web, with QONNX’s nodes replaced by their definition in ONNX; every stored value beside the studio’s' : 'ONNX Runtime Web, every stored value beside the studio’s',
    missing: (machine) => (machine.openOnnx ? null : 'There is no ONNX runtime here that the file could be proved with.'),
    open: async ([file], program, machine) => (await import('./reader.ts')).openFile(file.bytes, program, form, machine),
    tolerance: () => 0,
    agreement: AGREEMENT[form],
  };
}

/** What writes and reads loads when something is exported. */
function exporter(target: Target, form: OnnxForm): Exporter {
  return {
    ...target,
    supports: async (program) => (await import('./findings.ts')).findings(program, form),
    write: async (program, fileName) => [{ path: `${fileName}.onnx`, bytes: (await import('./write.ts')).shippedOnnx(program, form).bytes }],
    bytesOf: async (program) => (await import('./write.ts')).shippedOnnx(program, form).bytesOf,
    reader: reader(form),
  };
}

/**
 * Convolutions of whole numbers between DequantizeLinear and QuantizeLinear, with the multipliers behind them: measured with ONNX
 * Runtime Web, every stored number of every quantised layer is the studio's. A folded multiplier is a runtime's own rounding, so that
 * is a target beside it.
 */
export const onnx = exporter(TARGETS.onnx, 'exact');

export const onnxQdq = exporter(TARGETS['onnx-qdq'], 'qdq');

/** For FINN and other tools that make hardware of a network: what is quantised, and to how many bits, stands in nodes of its own. */
export const qonnx = exporter(TARGETS.qonnx, 'qonnx');
