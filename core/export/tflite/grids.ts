import { StudioError } from '../../base/errors.ts';
import type { Program, StepParameters } from '../../runtime/program.ts';

/** Of an int8 buffer: real = scale · (code − zeroPoint). */
export interface BufferGrid {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** What RELU6 clips at. */
const SIX = 6;

interface Known {
  scale?: number;
  zeroPoint?: number;
  /** Codes of a fused activation. */
  limits?: readonly [number, number];
}

/** Scale of a value that only layers know, in whose multipliers it is: one with which a clip to 0…6 has the codes that it has. */
function freeScale({ zeroPoint = 0, limits }: Known): number {
  return limits && limits[0] === zeroPoint && limits[1] < 127 && limits[1] > zeroPoint ? SIX / (limits[1] - zeroPoint) : 1;
}

/** Grid of every int8 buffer, by its index. */
export function gridsOf({ network, parameters }: Program): readonly (BufferGrid | null)[] {
  const known = network.buffers.map((): Known => ({}));
  const note = (buffer: number, grid: StepParameters[string] | undefined): void => {
    if (!grid || network.buffers[buffer].format !== 'int8') return;
    known[buffer].scale = grid[0];
    known[buffer].zeroPoint = grid[1];
  };
  network.steps.forEach((step, index) => {
    const own = parameters[index];
    if (step.kind === 'layer') {
      if (own['inputGrid']) known[step.inputs[0]].zeroPoint ??= own['inputGrid'][0];
      if (own['outputGrid']) Object.assign(known[step.output], { zeroPoint: own['outputGrid'][0], limits: [own['outputGrid'][1], own['outputGrid'][2]] });
    } else if (step.kind === 'op') {
      note(step.output, own['grid']);
      step.inputs.forEach((input, i) => note(input, own[`grid${i}`]));
    } else if (step.kind === 'quantise') note(step.output, own['grid']);
    else if (step.kind === 'dequantise') note(step.inputs[0], own['grid']);
  });
  return network.buffers.map(({ id, format }, index) => {
    if (format !== 'int8') return null;
    const { scale = freeScale(known[index]), zeroPoint } = known[index];
    if (zeroPoint === undefined) throw new StudioError(`The zero point of "${id}" is not known.`, { where: id });
    return { scale, zeroPoint };
  });
}
