import { StudioError } from '../../base/errors.ts';
import { isFloatLayer, type LayerStep, type Program } from '../../runtime/program.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { Finding } from '../exporter.ts';
import { packedLayout } from '../packed/layout.ts';
import type { TfliteForm } from './emission.ts';
import { runsAsBits } from './lce.ts';
import { smallestType, storageOf } from './sums.ts';
import { shippedTflite, type TfliteNetwork } from './write.ts';

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;

/** How a layer runs, and in how many bits a weight is stored. */
function arithmeticOf({ network, parameters }: Program, index: number, form: TfliteForm): readonly [string, number] {
  const step = network.steps[index] as LayerStep;
  const isBits = network.buffers[step.inputs[0]].format === 'sign';
  const result = network.buffers[step.output].format;
  if (isBits && form === 'lce' && runsAsBits(step)) return ['runs on bits in Larq Compute Engine', 1];
  if (result === 'float32') return ['runs in real numbers, because its result is none of 8 bits', 8];
  const inputs = isBits ? 'signs as 8-bit numbers' : '8-bit inputs';
  if (result === 'sign') return [`runs in integers with ${inputs} and the same signs as here`, !isBits && smallestType(step) === 'INT4' ? 4 : 8];
  const storage = storageOf(step, parameters[index]);
  if (storage === null) return ['runs in real numbers, because its bias is finer than its sums', 8];
  return [`runs in integers with ${inputs}, rounded as the runtime does`, storage.type === 'INT4' ? 4 : 8];
}

/** Writes the network to see what it takes: sizes are those of the file. */
export function findings(program: Program, form: TfliteForm): readonly Finding[] {
  let written: TfliteNetwork;
  try {
    written = shippedTflite(program, form);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return [{ layer: error.where ?? null, severity: 'refused', message: error.message }];
  }
  const packed = packedLayout(program.network).nodes;
  return program.network.steps.flatMap((step, index): readonly Finding[] => {
    if (step.kind !== 'layer' || isFloatLayer(step)) return [];
    const [arithmetic, bits] = arithmeticOf(program, index, form);
    const message = `${step.node}, ${SCHEMES[step.scheme].name}, ${arithmetic}; its weights are ${bits}-bit numbers: ${kilobytes(written.bytesOf(step.node))} here, ${kilobytes(packed[step.node] ?? 0)} packed.`;
    return [{ layer: step.node, severity: 'lowered', message }];
  });
}
