import type { Model } from '../graph/graph.ts';
import { isLayer, nodesById } from '../graph/graph.ts';
import type { Calibration, Grid } from '../quant/calibration.ts';
import { levelsIn } from '../quant/two-levels.ts';
import type { Plan } from '../schemes/scheme.ts';
import { clipCodes } from './clip-codes.ts';
import { signReader, type Group } from './formats.ts';
import { batchNormAffine, groupAffine, quantiseLayer, statisticsOf, weightsOf } from './layer-arithmetic.ts';
import { lower, type Lowering } from './lower.ts';
import { isFloatLayer, type LayerStep, type OpStep, type Program, type StepParameters } from './program.ts';

const INT32_LOW = -(2 ** 31);
const INT32_HIGH = 2 ** 31 - 1;

const clampInt32 = (value: number): number => Math.min(Math.max(value, INT32_LOW), INT32_HIGH);

export interface BakeContext {
  readonly model: Model;
  readonly plan: Plan;
  readonly calibration: Calibration;
  readonly lowering: Lowering;
}

function gridOf(context: BakeContext, value: string): Grid {
  const source = context.lowering.formats.gridSource.get(value) ?? value;
  return statisticsOf(context.calibration, source, context.model.graph).grid;
}

const gridSlot = (grid: Grid): Float32Array => Float32Array.of(grid.scale, grid.zeroPoint);

/** Thresholds of the layer that reads a sign buffer, one per channel of its input (or per period). */
function readerThresholds(context: BakeContext, reader: string): Float32Array {
  const node = nodesById(context.model.graph).get(reader);
  if (!node || !isLayer(node)) throw new Error(`The signs read by "${reader}" belong to no layer.`);
  const { inputThresholds } = quantiseLayer(context.model, node, context.plan, context.calibration);
  if (!inputThresholds) throw new Error(`"${reader}" reads signs but has no thresholds.`);
  return inputThresholds;
}

/**
 * Layer → signs as one integer comparison: clip(m·acc + b) ≥ t becomes acc ≥ T. Where m < 0 the channel's codes are
 * negated, so that one direction serves all (METHODS §5). Double precision throughout.
 */
function signThresholds(multiplier: Float64Array, offset: Float64Array, limits: Group, targets: Float32Array, codes: Int8Array): Int32Array {
  const channels = multiplier.length;
  const thresholds = new Int32Array(channels);
  for (let k = 0; k < channels; k++) {
    const t = targets[k % targets.length];
    const m = multiplier[k];
    if (limits.low >= t) thresholds[k] = INT32_LOW;
    else if (limits.high < t) thresholds[k] = INT32_HIGH;
    else if (m === 0) thresholds[k] = offset[k] >= t ? INT32_LOW : INT32_HIGH;
    else {
      thresholds[k] = clampInt32(Math.ceil((t - offset[k]) / Math.abs(m)));
      if (m < 0) for (let i = k; i < codes.length; i += channels) codes[i] = -codes[i];
    }
  }
  return thresholds;
}

/** Two levels a channel are stored beside the signs of the codes. */
function codeSlots(step: LayerStep, codes: Int8Array, channels: number): StepParameters {
  if (!step.parameters.some(({ name }) => name === 'levels')) return { codes };
  return { codes: codes.map(Math.sign), levels: levelsIn(codes, channels) };
}

function bakeLayer(context: BakeContext, step: LayerStep, group: Group): StepParameters {
  const { model, plan, calibration, lowering } = context;
  const node = group.head;
  if (!isLayer(node)) throw new Error(`${node.id} is not a layer.`);
  const channels = step.geometry.outputChannels;
  const affine = groupAffine(model, group, channels);
  const limits = Float32Array.of(group.low, group.high);
  if (isFloatLayer(step)) {
    const kernel = weightsOf(model, node, 'kernel') as Float32Array;
    const bias = weightsOf(model, node, 'bias');
    return {
      kernel: kernel.map((w, i) => w * affine.gain[i % channels]),
      bias: Float32Array.from(affine.shift, (shift, k) => shift + (bias?.[k] ?? 0) * affine.gain[k]),
      limits,
    };
  }
  const layer = quantiseLayer(model, node, plan, calibration);
  const inputGrid = layer.inputThresholds ? null : gridOf(context, node.inputs[0]);
  const inputScale = inputGrid?.scale ?? 1;
  const multiplier = Float64Array.from(layer.scale, (scale, k) => scale * inputScale * affine.gain[k]);
  const offset = Float64Array.from(layer.bias, (bias, k) => bias * affine.gain[k] + affine.shift[k]);
  const codes = layer.codes.slice();
  const input: StepParameters = inputGrid ? { inputGrid: Int32Array.of(inputGrid.zeroPoint) } : {};
  const output = lowering.network.buffers[step.output];
  if (output.format === 'sign') {
    const targets = readerThresholds(context, signReader(model.graph, group.result));
    const thresholds = signThresholds(multiplier, offset, group, targets, codes);
    return { ...codeSlots(step, codes, channels), ...input, thresholds };
  }
  if (output.format === 'int8') {
    const grid = gridOf(context, group.result);
    return {
      ...codeSlots(step, codes, channels),
      ...input,
      multiplier: Float32Array.from(multiplier, (m) => m / grid.scale),
      offset: Float32Array.from(offset, (b) => b / grid.scale),
      outputGrid: Int32Array.of(grid.zeroPoint, ...clipCodes(grid, group.low, group.high)),
    };
  }
  return { ...codeSlots(step, codes, channels), ...input, multiplier: Float32Array.from(multiplier), offset: Float32Array.from(offset), limits };
}

function bakeOperator(context: BakeContext, step: OpStep, group: Group): StepParameters {
  const parameters: Record<string, Float32Array> = {};
  if (group.head.op === 'batch-norm') {
    const { gain, shift } = batchNormAffine(context.model, group.head);
    parameters['multiplier'] = Float32Array.from(gain);
    parameters['offset'] = Float32Array.from(shift);
  }
  if (group.head.op === 'rprelu') {
    for (const slot of ['before', 'slope', 'after']) parameters[slot] = weightsOf(context.model, group.head, slot) as Float32Array;
  }
  if (context.lowering.network.buffers[step.output].format === 'int8') {
    group.head.inputs.forEach((input, i) => (parameters[`grid${i}`] = gridSlot(gridOf(context, input))));
    parameters['grid'] = gridSlot(gridOf(context, group.result));
  }
  if (step.op === 'add') parameters['limits'] = Float32Array.of(group.low, group.high);
  return parameters;
}

/** Thresholds for a value on its int8 grid: q ≥ ⌈t/s + z⌉ ⟺ (q − z)·s ≥ t. */
function int8Thresholds(targets: Float32Array, grid: Grid): Int32Array {
  return Int32Array.from(targets, (t) => clampInt32(Math.ceil(t / grid.scale + grid.zeroPoint)));
}

/** The numbers of one step. */
export function bakeStep(context: BakeContext, index: number): StepParameters {
  const { lowering } = context;
  const step = lowering.network.steps[index];
  const group = lowering.groupOfStep.get(index);
  const value = lowering.valueOfBuffer[step.inputs[0]];
  if (step.kind === 'layer' && group) return bakeLayer(context, step, group);
  if (step.kind === 'op' && group) return bakeOperator(context, step, group);
  if (step.kind === 'sign-pack') {
    const targets = readerThresholds(context, lowering.readerOfSignPack.get(index) ?? '');
    const fromInt8 = lowering.network.buffers[step.inputs[0]].format === 'int8';
    return { thresholds: fromInt8 ? int8Thresholds(targets, gridOf(context, value)) : targets };
  }
  return { grid: gridSlot(gridOf(context, value)) };
}

/** Fills the structure of a plan with numbers: the deployed network. */
export function bake(model: Model, plan: Plan, calibration: Calibration): Program {
  const lowering = lower(model.graph, plan);
  const context: BakeContext = { model, plan, calibration, lowering };
  return { network: lowering.network, parameters: lowering.network.steps.map((_, index) => bakeStep(context, index)) };
}
