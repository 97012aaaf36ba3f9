import type { ValueId } from '../../graph/graph.ts';
import type { LayerChoice, SchemeId } from '../../schemes/scheme.ts';
import type { NewWeight } from '../builder.ts';
import { NotRunnable } from '../importer.ts';
import { fusedActivation } from './activations.ts';
import { biasOf, convolutionOf, type LayerContext, type LayerReader } from './layers.ts';
import { isRecord, type Json } from './settings.ts';
import { STEEP } from '../steep.ts';

/*
 * Layers of Larq (Geiger et al. 2020): the file has the latent weights, and quantisers that the forward pass applies to them and to
 * the input. Here the kernel has the quantised numbers, and signs of the input, +1 for 0, are a steep line between its two limits.
 */

interface Quantiser {
  /** As a function of Larq is called. */
  readonly name: string;
  readonly stated: string;
  readonly settings: Json;
}

/** Quantisers are written as a name, ste_sign, or as an object of a class, SteSign. */
function quantiserOf({ settings: { json } }: LayerContext, place: string): Quantiser | null {
  const stated = json[place];
  if (stated === null || stated === undefined) return null;
  const name = isRecord(stated) ? stated.class_name : stated;
  if (typeof name !== 'string') throw new NotRunnable(`a ${place} that cannot be read`);
  const settings = isRecord(stated) && isRecord(stated.config) ? stated.config : {};
  return { name: name.replace(/^.*>/, '').replace(/(?!^)([A-Z])/g, '_$1').toLowerCase(), stated: name, settings };
}

/** They differ in their gradients alone. */
const SIGNS: readonly string[] = ['ste_sign', 'approx_sign', 'swish_sign'];

interface QuantisedKernel {
  readonly kernel: NewWeight;
  readonly scheme: SchemeId | null;
}

const signOf = (value: number): number => (value < 0 ? -1 : 1);

/** Mean of |w| of each output channel, the last axis. */
function magnitudes({ shape, values }: NewWeight): Float64Array {
  const channels = shape[shape.length - 1];
  const sums = new Float64Array(channels);
  values.forEach((value, i) => (sums[i % channels] += Math.abs(value)));
  return sums.map((sum) => (sum * channels) / values.length);
}

function quantisedKernel(context: LayerContext, kernel: NewWeight): QuantisedKernel {
  const quantiser = quantiserOf(context, 'kernel_quantizer') ?? quantiserOf(context, 'depthwise_quantizer');
  if (!quantiser) return { kernel, scheme: null };
  const { name, stated, settings } = quantiser;
  const { shape, values } = kernel;
  if (SIGNS.includes(name)) return { kernel: { shape, values: values.map(signOf) }, scheme: 'binary' };
  if (name === 'magnitude_aware_sign') {
    const scale = magnitudes(kernel);
    return { kernel: { shape, values: values.map((value, i) => signOf(value) * scale[i % scale.length]) }, scheme: 'binary' };
  }
  if (name === 'ste_tern') {
    const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
    const threshold = settings.ternary_weight_networks === true ? 0.7 * mean : Number(settings.threshold_value ?? 0.05);
    return { kernel: { shape, values: values.map((value) => (Math.abs(value) > threshold ? Math.sign(value) : 0)) }, scheme: 'ternary' };
  }
  throw new NotRunnable(`the kernel quantiser "${stated}"`);
}

/** y = factor·x + term, kept between two limits. */
function line(context: LayerContext, term: number, [minimum, maximum]: readonly [number, number]): ValueId {
  const { builder, name, inputs, shape } = context;
  const channels = shape[shape.length - 1];
  const weight = (value: number): NewWeight => ({ shape: [channels], values: new Float32Array(channels).fill(value) });
  const slope = builder.add('batch-norm', { name: `${name}/slope`, inputs: [inputs[0]], attributes: { epsilon: 0 }, weights: { gamma: weight(STEEP), beta: weight(term), mean: weight(0), variance: weight(1) } });
  return builder.add('clip', { name: `${name}/sign`, inputs: [slope], attributes: { minimum, maximum } });
}

/** The input as the layer reads it; `lower` by one, so that a padding of 0 stands for +1. */
function quantisedInput(context: LayerContext, lower: boolean): { readonly value: ValueId; readonly isSign: boolean } {
  const quantiser = quantiserOf(context, 'input_quantizer');
  if (!quantiser) return { value: context.inputs[0], isSign: false };
  if (!SIGNS.includes(quantiser.name)) throw new NotRunnable(`the input quantiser "${quantiser.stated}"`);
  return { value: lower ? line(context, 0, [-2, 0]) : line(context, 1, [-1, 1]), isSign: true };
}

/** A threshold of 0 for each input: a layer that has them keeps its codes, as one that was trained here. */
function thresholds({ shape }: LayerContext, choice: LayerChoice | null): NewWeight | undefined {
  const channels = shape[shape.length - 1];
  return choice?.scheme === 'xnor' ? { shape: [channels], values: new Float32Array(channels) } : undefined;
}

function choiceOf(scheme: SchemeId | null, isSign: boolean, padding: string): LayerChoice | null {
  if (scheme === 'binary' && isSign) return { scheme: 'xnor', options: { padding } };
  return scheme === null ? null : { scheme };
}

function finished(context: LayerContext, layer: ValueId, choice: LayerChoice | null): ValueId {
  if (choice) context.stored(layer, choice);
  return fusedActivation(context, layer);
}

/** A padding of +1 is that of zeros once every sign is one less: Σ w·sign = Σ w·(sign − 1) + Σ w. */
function paddedWithOnes(context: LayerContext): boolean {
  const value = context.settings.number('pad_values', 0);
  if (value === 0 || context.settings.text('padding', 'valid').toLowerCase() === 'valid') return false;
  if (value !== 1) throw new NotRunnable(`padding with ${value}`);
  if (!quantiserOf(context, 'input_quantizer')) throw new NotRunnable('padding with 1 of an input that is not quantised');
  return true;
}

function raised(kernel: NewWeight, channels: number, bias: NewWeight | undefined): NewWeight {
  const values = bias ? bias.values.slice() : new Float32Array(channels);
  kernel.values.forEach((value, i) => (values[i % channels] += value));
  return { shape: [channels], values };
}

const windowed = (op: 'conv2d' | 'depthwise-conv2d', slots: readonly string[]): LayerReader => (context) => {
  if (context.settings.number('groups', 1) !== 1) throw new NotRunnable('a quantised convolution in groups');
  const found = slots.map((slot) => context.optionalWeight(slot)).find((weight) => weight !== undefined) ?? context.weight(slots[0]);
  const { kernel, scheme } = quantisedKernel(context, found);
  const attributes = convolutionOf(context, kernel);
  const ones = paddedWithOnes(context);
  const input = quantisedInput(context, ones);
  const channels = op === 'conv2d' ? kernel.shape[3] : kernel.shape[2] * kernel.shape[3];
  const bias = ones ? raised(kernel, channels, biasOf(context)) : biasOf(context);
  // A depthwise layer takes no one-bit inputs: signs are 8-bit numbers to it.
  const choice = choiceOf(scheme, input.isSign && op === 'conv2d', ones ? 'plus' : 'zero');
  // Signs that are one less do not stand on both sides of 0.
  return finished(context, context.add(op, attributes, { kernel, bias, shift: ones ? undefined : thresholds(context, choice) }, input.value), choice);
};

const quantDense: LayerReader = (context) => {
  if (context.shape.length !== 2) throw new NotRunnable(`a dense layer over ${context.shape.join('×')}`);
  const { kernel, scheme } = quantisedKernel(context, context.weight('kernel'));
  const input = quantisedInput(context, false);
  const choice = choiceOf(scheme, input.isSign, 'zero');
  return finished(context, context.add('dense', {}, { kernel, bias: biasOf(context), shift: thresholds(context, choice) }, input.value), choice);
};

export const LARQ_LAYERS: Readonly<Record<string, LayerReader>> = {
  QuantConv2D: windowed('conv2d', ['kernel']),
  QuantDense: quantDense,
  QuantDepthwiseConv2D: windowed('depthwise-conv2d', ['depthwise_kernel', 'kernel']),
};
