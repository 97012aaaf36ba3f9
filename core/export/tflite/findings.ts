import type { LayerStep, Program } from '../../runtime/program.ts';
import { layerFindings } from '../findings.ts';
import type { Finding } from '../result.ts';
import type { TfliteForm } from './emission.ts';
import { runsAsBits } from './lce.ts';
import { smallestType, storageOf } from './sums.ts';
import { shippedTflite } from './write.ts';

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

export function findings(program: Program, form: TfliteForm): readonly Finding[] {
  return layerFindings(
    program,
    () => shippedTflite(program, form),
    (_, index) => {
      const [arithmetic, bits] = arithmeticOf(program, index, form);
      return { what: `${arithmetic}; its weights are ${bits}-bit numbers` };
    },
  );
}
