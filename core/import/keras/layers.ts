import { elementCount, type ConvolutionAttributes, type OpAttributes, type OpId, type Shape, type SpatialWindow, type ValueId } from '../../graph/graph.ts';
import type { LayerChoice } from '../../schemes/scheme.ts';
import type { ModelBuilder, NewWeight } from '../builder.ts';
import { NotRunnable } from '../importer.ts';
import { samePadding } from '../same-padding.ts';
import { applyActivation, fusedActivation, leakyRelu, reluLayer, softmaxLayer } from './activations.ts';
import { requireChannelsLast, type Settings } from './settings.ts';

/** What the reader of one layer is handed. */
export interface LayerContext {
  readonly builder: ModelBuilder;
  readonly name: string;
  readonly settings: Settings;
  readonly inputs: readonly ValueId[];
  /** Shape of the first input. */
  readonly shape: Shape;
  /** A weight the layer needs. */
  weight(slot: string): NewWeight;
  optionalWeight(slot: string): NewWeight | undefined;
  /** The precision that the file already has a layer in. */
  stored(layer: ValueId, choice: LayerChoice): void;
  add<K extends OpId>(op: K, attributes: OpAttributes[K], weights?: Record<string, NewWeight | undefined>, from?: ValueId): ValueId;
}
export type LayerReader = (context: LayerContext) => ValueId;

function paddingOf(input: number, size: number, stride: number, padding: string): readonly [number, number] {
  if (padding === 'valid') return [0, 0];
  if (padding !== 'same') throw new NotRunnable(`padding "${padding}"`);
  return samePadding(input, size, stride);
}

function windowOf({ settings, shape }: LayerContext, spanY: number, spanX: number, strides: readonly [number, number]): SpatialWindow {
  requireChannelsLast(settings);
  if (shape.length !== 4) settings.fail(`needs an image, but its input is ${shape.join('×')}`);
  const [strideY, strideX] = strides;
  if (!(strideY >= 1 && strideX >= 1)) settings.fail(`has the stride ${strideY}×${strideX}`);
  const padding = settings.text('padding', 'valid').toLowerCase();
  const [padTop, padBottom] = paddingOf(shape[1], spanY, strideY, padding);
  const [padLeft, padRight] = paddingOf(shape[2], spanX, strideX, padding);
  return { strideY, strideX, padTop, padBottom, padLeft, padRight };
}

export function convolutionOf(context: LayerContext, kernel: NewWeight): ConvolutionAttributes {
  const [dilationY, dilationX] = context.settings.pair('dilation_rate', [1, 1]);
  const [sizeY, sizeX] = kernel.shape;
  const window = windowOf(context, (sizeY - 1) * dilationY + 1, (sizeX - 1) * dilationX + 1, context.settings.pair('strides', [1, 1]));
  return { ...window, dilationY, dilationX };
}

export const biasOf = (context: LayerContext): NewWeight | undefined =>
  context.settings.flag('use_bias', true) ? context.weight('bias') : undefined;

const convolution: LayerReader = (context) => {
  const kernel = context.weight('kernel');
  const groups = context.settings.number('groups', 1);
  const attributes = convolutionOf(context, kernel);
  const bias = biasOf(context);
  if (groups === 1) return fusedActivation(context, context.add('conv2d', attributes, { kernel, bias }));
  const channels = context.shape[3];
  if (groups !== channels) throw new NotRunnable(`a convolution in ${groups} groups`);
  const [sizeY, sizeX, , outputs] = kernel.shape;
  const perGroup = { shape: [sizeY, sizeX, channels, outputs / channels], values: kernel.values };
  return fusedActivation(context, context.add('depthwise-conv2d', attributes, { kernel: perGroup, bias }));
};

const depthwise: LayerReader = (context) => {
  const kernel = context.optionalWeight('depthwise_kernel') ?? context.weight('kernel');
  return fusedActivation(context, context.add('depthwise-conv2d', convolutionOf(context, kernel), { kernel, bias: biasOf(context) }));
};

/** A depthwise convolution and a 1×1 convolution with the layer's bias and activation. */
const separable: LayerReader = (context) => {
  const kernel = context.weight('depthwise_kernel');
  const spatial = context.builder.add('depthwise-conv2d', {
    name: `${context.name}/depthwise`,
    inputs: context.inputs,
    attributes: convolutionOf(context, kernel),
    weights: { kernel },
  });
  const point = { strideY: 1, strideX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, dilationY: 1, dilationX: 1 };
  return fusedActivation(context, context.add('conv2d', point, { kernel: context.weight('pointwise_kernel'), bias: biasOf(context) }, spatial));
};

const dense: LayerReader = (context) => {
  if (context.shape.length !== 2) throw new NotRunnable(`a dense layer over ${context.shape.join('×')}`);
  return fusedActivation(context, context.add('dense', {}, { kernel: context.weight('kernel'), bias: biasOf(context) }));
};

const batchNormalization: LayerReader = (context) => {
  const { settings, shape } = context;
  const stated = settings.json.axis;
  const axis = Array.isArray(stated) ? stated[0] : (stated ?? -1);
  if (axis !== -1 && axis !== shape.length - 1) throw new NotRunnable(`a batch norm over axis ${axis}`);
  const channels = shape[shape.length - 1];
  const constant = (value: number): NewWeight => ({ shape: [channels], values: new Float32Array(channels).fill(value) });
  return context.add('batch-norm', { epsilon: settings.number('epsilon', 1e-3) }, {
    gamma: settings.flag('scale', true) ? context.weight('gamma') : constant(1),
    beta: settings.flag('center', true) ? context.weight('beta') : constant(0),
    mean: context.weight('moving_mean'),
    variance: context.weight('moving_variance'),
  });
};

const pool = (op: 'max-pool' | 'average-pool'): LayerReader => (context) => {
  const [sizeY, sizeX] = context.settings.pair('pool_size', [2, 2]);
  const window = windowOf(context, sizeY, sizeX, context.settings.pair('strides', [sizeY, sizeX]));
  return context.add(op, { ...window, sizeY, sizeX });
};

const globalAverage: LayerReader = (context) => {
  requireChannelsLast(context.settings);
  const pooled = context.add('global-average-pool', {});
  if (!context.settings.flag('keepdims', false)) return pooled;
  return context.builder.add('reshape', { name: `${context.name}/keepdims`, inputs: [pooled], attributes: { shape: [1, 1, 1, context.shape[3]] } });
};

const globalMaximum: LayerReader = (context) => {
  requireChannelsLast(context.settings);
  const [, sizeY, sizeX, channels] = context.shape;
  const pooled = context.add('max-pool', { sizeY, sizeX, strideY: 1, strideX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 });
  if (context.settings.flag('keepdims', false)) return pooled;
  return context.builder.add('reshape', { name: `${context.name}/flat`, inputs: [pooled], attributes: { shape: [1, channels] } });
};

const flatten: LayerReader = (context) => {
  requireChannelsLast(context.settings);
  return context.add('reshape', { shape: [1, elementCount(context.shape)] });
};

const reshape: LayerReader = (context) => {
  const target = context.settings.json.target_shape;
  if (!Array.isArray(target) || !target.every((size) => Number.isInteger(size))) return context.settings.fail('has no target_shape');
  const known = target.reduce((product: number, size: number) => (size === -1 ? product : product * size), 1);
  return context.add('reshape', { shape: [1, ...target.map((size: number) => (size === -1 ? elementCount(context.shape) / known : size))] });
};

/** Top, bottom, left, right: one number, two (rows, columns) or two pairs ((top, bottom), (left, right)). */
function sidesOf(context: LayerContext, setting: string): readonly number[] {
  requireChannelsLast(context.settings);
  const stated = context.settings.json[setting] ?? 1;
  const [rows, columns] = Array.isArray(stated) ? stated : [stated, stated];
  const sides = [rows, columns].flatMap((value) => (Array.isArray(value) ? value : [value, value]));
  return sides.length === 4 && sides.every((size) => Number.isInteger(size)) ? sides : context.settings.fail(`has a ${setting} that cannot be read`);
}

const zeroPadding: LayerReader = (context) => {
  const [top, bottom, left, right] = sidesOf(context, 'padding');
  return context.add('pad', { before: [0, top, left, 0], after: [0, bottom, right, 0] });
};

const cropping: LayerReader = (context) => {
  const [top, bottom, left, right] = sidesOf(context, 'cropping');
  const [, height, width, channels] = context.shape;
  return context.add('slice', { begin: [0, top, left, 0], end: [1, height - bottom, width - right, channels], step: [1, 1, 1, 1] });
};

/** Axes are counted from 1 there, without the samples. */
const permute: LayerReader = (context) => {
  const { dims } = context.settings.json;
  if (!Array.isArray(dims) || !dims.every((axis) => Number.isInteger(axis))) return context.settings.fail('has no dims');
  return context.add('transpose', { permutation: [0, ...dims] });
};

const add: LayerReader = (context) => {
  const { builder, name, inputs } = context;
  if (inputs.length < 2) context.settings.fail('adds fewer than two values');
  return inputs.slice(1).reduce((sum, input, i) => {
    const isLast = i === inputs.length - 2;
    return builder.add('add', { name: isLast ? name : `${name}/${i + 1}`, inputs: [sum, input], attributes: {} });
  }, inputs[0]);
};

const concatenate: LayerReader = (context) => {
  const axis = context.settings.number('axis', -1);
  const { name, inputs } = context;
  return context.builder.add('concat', { name, inputs, attributes: { axis: axis < 0 ? axis + context.shape.length : axis } });
};

const identity: LayerReader = (context) => context.add('identity', {});

/** y = scale·x + offset of every number, kept as a batch norm without statistics. */
const rescaling: LayerReader = (context) => {
  const channels = context.shape[context.shape.length - 1];
  const constant = (value: number): NewWeight => ({ shape: [channels], values: new Float32Array(channels).fill(value) });
  return context.add('batch-norm', { epsilon: 0 }, { gamma: constant(context.settings.number('scale', 1)), beta: constant(context.settings.number('offset', 0)), mean: constant(0), variance: constant(1) });
};

/** One slope a channel; slopes of single pixels have no operator. */
const parametricRelu: LayerReader = (context) => {
  const channels = context.shape[context.shape.length - 1];
  const { values } = context.weight('alpha');
  if (values.length !== channels) throw new NotRunnable(`${values.length} slopes for ${channels} channels`);
  const zero: NewWeight = { shape: [channels], values: new Float32Array(channels) };
  return context.add('rprelu', {}, { before: zero, slope: { shape: [channels], values }, after: zero });
};

/** Classes of Keras that the studio runs; augmentation does nothing to a network that is used. */
export const KERAS_LAYERS: Readonly<Record<string, LayerReader>> = {
  Activation: (context) => applyActivation(context, context.settings.json.activation, context.inputs[0], context.name),
  ActivityRegularization: identity,
  Add: add,
  AveragePooling2D: pool('average-pool'),
  BatchNormalization: batchNormalization,
  BatchNormalizationV1: batchNormalization,
  Concatenate: concatenate,
  Conv2D: convolution,
  Cropping2D: cropping,
  Dense: dense,
  DepthwiseConv2D: depthwise,
  Dropout: identity,
  Flatten: flatten,
  GaussianDropout: identity,
  GaussianNoise: identity,
  GlobalAveragePooling2D: globalAverage,
  GlobalMaxPooling2D: globalMaximum,
  LeakyReLU: leakyRelu,
  MaxPooling2D: pool('max-pool'),
  PReLU: parametricRelu,
  Permute: permute,
  RandomContrast: identity,
  RandomFlip: identity,
  RandomRotation: identity,
  RandomTranslation: identity,
  RandomZoom: identity,
  ReLU: reluLayer,
  Rescaling: rescaling,
  Reshape: reshape,
  SeparableConv2D: separable,
  Softmax: softmaxLayer,
  SpatialDropout2D: identity,
  ZeroPadding2D: zeroPadding,
};
