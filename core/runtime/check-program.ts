import { StudioError } from '../base/errors.ts';
import { elementCount, type OpId, type Shape } from '../graph/graph.ts';
import { equalShapes, inferShape } from '../graph/ops.ts';
import { planMemory } from './memory-plan.ts';
import { pixelsOf } from './geometry.ts';
import type { BufferFormat, LayerStep, LoweredNetwork, OpStep, ParameterSlot, ProgramBuffer, Step } from './program.ts';

/** Operators that work on codes or signs; all others are given float32. */
const IN_FORMAT: Readonly<Record<Exclude<BufferFormat, 'float32'>, readonly OpId[]>> = {
  int8: ['add', 'max-pool', 'average-pool', 'global-average-pool', 'reshape', 'identity', 'transpose', 'slice', 'pad'],
  sign: ['max-pool'],
};
/** Of a window's paddings, steps and sizes: places in an image stay numbers of 32 bits. */
const LARGEST_SIZE = 2 ** 15;

/** Bytes of all values of a run together: places in memory stay numbers of 32 bits. */
const LARGEST_MEMORY = 2 ** 30;

/** What a step must have, as name and count. */
type Slots = Readonly<Record<string, number>>;

function layerSlots(step: LayerStep, input: BufferFormat, output: BufferFormat): Slots {
  const { op, kernelHeight, kernelWidth, inputChannels, outputChannels } = step.geometry;
  const weights = kernelHeight * kernelWidth * outputChannels * (op === 'depthwise-conv2d' ? 1 : inputChannels);
  if (input === 'float32') return { kernel: weights, bias: outputChannels, limits: 2 };
  const finish: Readonly<Record<BufferFormat, Slots>> = { float32: { limits: 2 }, int8: { outputGrid: 3 }, sign: {} };
  return {
    codes: weights,
    ...(step.parameters.some(({ name }) => name === 'levels') ? { levels: outputChannels } : {}),
    ...(input === 'int8' ? { inputGrid: 1 } : {}),
    ...(output === 'sign' ? { thresholds: outputChannels } : { multiplier: outputChannels, offset: outputChannels }),
    ...finish[output],
  };
}

const TYPES: Readonly<Record<string, ParameterSlot['type']>> = { codes: 'codes', levels: 'int32', inputGrid: 'int32', outputGrid: 'int32', thresholds: 'int32' };

function slotsFit(parameters: readonly ParameterSlot[], wanted: Slots): boolean {
  return parameters.length === Object.keys(wanted).length && parameters.every(({ name, type, count }) => Object.hasOwn(wanted, name) && wanted[name] === count && type === (TYPES[name] ?? 'float32'));
}

function layerProblem(step: LayerStep, input: ProgramBuffer, output: ProgramBuffer): string | null {
  const { geometry: g, parameters } = step;
  const sizes = Object.values(g).filter((value) => typeof value === 'number');
  if (sizes.some((size) => !Number.isInteger(size) || size < 0)) return 'has a size that is not a whole number';
  const window = [g.strideY, g.strideX, g.padTop, g.padBottom, g.padLeft, g.padRight, g.dilationY, g.dilationX, g.kernelHeight, g.kernelWidth];
  if (window.some((size) => size > LARGEST_SIZE)) return `has a window with a size above ${LARGEST_SIZE}`;
  const from = pixelsOf(input.shape);
  const to = pixelsOf(output.shape);
  if (from.height !== g.inputHeight || from.width !== g.inputWidth || from.channels !== g.inputChannels) return 'reads a value of another shape';
  if (to.height !== g.outputHeight || to.width !== g.outputWidth || to.channels !== g.outputChannels) return 'stores a value of another shape';
  const { strideY, strideX, padTop, padBottom, padLeft, padRight, dilationY, dilationX } = g;
  const attributes = { strideY, strideX, padTop, padBottom, padLeft, padRight, dilationY, dilationX };
  const multiplier = g.outputChannels / g.inputChannels;
  const kernel = g.op === 'depthwise-conv2d' ? [g.kernelHeight, g.kernelWidth, g.inputChannels, multiplier] : [g.kernelHeight, g.kernelWidth, g.inputChannels, g.outputChannels];
  if (kernel.some((size) => !Number.isInteger(size) || size < 1)) return 'has a kernel without weights';
  const op = g.op === 'depthwise-conv2d' ? 'depthwise-conv2d' : 'conv2d';
  const inferred = inferShape({ op, attributes }, [[1, from.height, from.width, from.channels]], { kernel });
  if ('problem' in inferred) return inferred.problem;
  if (!equalShapes(inferred.shape, [1, to.height, to.width, to.channels])) return 'has a window that makes another shape';
  if (input.format === 'float32' && output.format !== 'float32') return 'stores float32 in another format';
  if (input.format === 'sign' && op === 'depthwise-conv2d') return 'takes signs channel by channel';
  return slotsFit(parameters, layerSlots(step, input.format, output.format)) ? null : 'has other parameters than its formats need';
}

function operatorProblem(step: OpStep, inputs: readonly ProgramBuffer[], output: ProgramBuffer): string | null {
  const { format } = output;
  if (inputs.some((input) => input.format !== format)) return 'mixes formats';
  if (format !== 'float32' && !IN_FORMAT[format].includes(step.op)) return `does not work on ${format}`;
  const channels = output.shape[output.shape.length - 1];
  const perChannel = (names: readonly string[]): Readonly<Record<string, Shape>> => Object.fromEntries(names.map((name) => [name, [channels]]));
  const counted = (names: readonly string[], count: number): Slots => Object.fromEntries(names.map((name) => [name, count]));
  // Their numbers became those of the slots; the operator's own table asks for them by its names.
  const weights = step.op === 'batch-norm' ? perChannel(['gamma', 'beta', 'mean', 'variance']) : step.op === 'rprelu' ? perChannel(['before', 'slope', 'after']) : {};
  const inferred = inferShape({ op: step.op, attributes: step.attributes } as Parameters<typeof inferShape>[0], inputs.map(({ shape }) => shape), weights);
  if ('problem' in inferred) return inferred.problem;
  if (!equalShapes(inferred.shape, output.shape)) return 'makes a value of another shape';
  const wanted: Slots = {
    ...(step.op === 'batch-norm' ? counted(['multiplier', 'offset'], channels) : {}),
    ...(step.op === 'rprelu' ? counted(['before', 'slope', 'after'], channels) : {}),
    ...(format === 'int8' ? { ...counted(inputs.map((_, i) => `grid${i}`), 2), grid: 2 } : {}),
    ...(step.op === 'add' ? { limits: 2 } : {}),
  };
  return slotsFit(step.parameters, wanted) ? null : 'has other parameters than its format needs';
}

function conversionProblem(step: Exclude<Step, LayerStep | OpStep>, input: ProgramBuffer, output: ProgramBuffer): string | null {
  if (!equalShapes(input.shape, output.shape)) return 'changes the shape of what it converts';
  if (step.kind === 'sign-pack') {
    const [thresholds] = step.parameters;
    const channels = output.shape[output.shape.length - 1];
    const fits =
      output.format === 'sign' && input.format !== 'sign' && step.parameters.length === 1 && thresholds.name === 'thresholds' &&
      thresholds.type === (input.format === 'int8' ? 'int32' : 'float32') && thresholds.count > 0 && channels % thresholds.count === 0;
    return fits ? null : 'does not pack signs';
  }
  const [from, to] = step.kind === 'quantise' ? ['float32', 'int8'] : ['int8', 'float32'];
  return input.format === from && output.format === to && slotsFit(step.parameters, { grid: 2 }) ? null : `does not ${step.kind}`;
}

function problemOf(step: Step, buffers: readonly ProgramBuffer[]): string | null {
  const output = buffers[step.output];
  const inputs = step.inputs.map((input) => buffers[input]);
  if (step.kind === 'op') return operatorProblem(step, inputs, output);
  if (inputs.length !== 1) return `reads ${inputs.length} values`;
  return step.kind === 'layer' ? layerProblem(step, inputs[0], output) : conversionProblem(step, inputs[0], output);
}

/**
 * Proves of a network of unknown origin that no step reads or writes beyond its operands: every shape follows from the step before,
 * every array has the length that its step reads, and every value is written once, before it is read. What the studio runs itself
 * cannot leave its memory; a compiled program could. Throws where anything else stands in it; `where` is the file's name.
 */
export function checkProgram(network: LoweredNetwork, where: string): void {
  const { buffers, steps, inputs, outputs } = network;
  const refuse = (what: string): never => {
    throw new StudioError(`This network is damaged: ${what}.`, { where, next: 'Export it again.' });
  };
  for (const { id, shape } of buffers) if (!(shape.length > 0 && shape[0] === 1 && elementCount(shape) > 0)) refuse(`the value ${id} has the shape ${shape.join('×')}`);
  const written = new Set(inputs);
  for (const step of steps) {
    if (!step.inputs.every((input) => written.has(input))) refuse(`step ${step.node} reads what no step before it has written`);
    if (written.has(step.output)) refuse(`step ${step.node} writes over another value`);
    written.add(step.output);
    let problem: string | null;
    try {
      problem = problemOf(step, buffers);
    } catch {
      // An attribute that is absent, or a list where a number belongs.
      problem = 'has attributes that are not its own';
    }
    if (problem !== null) refuse(`step ${step.node} ${problem}`);
  }
  if (!outputs.every((output) => written.has(output))) refuse('its output is not computed');
  if (!(planMemory(network, 'results').bytes <= LARGEST_MEMORY)) refuse('its values take more than 1 GiB');
}
