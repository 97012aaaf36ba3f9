import { toReference } from 'flatbuffers/js/flexbuffers/reference.js';
import type { ValueId } from '../../../graph/graph.ts';
import { ACTIVATIONS } from '../../../tflite/schema.ts';
import { NotRunnable } from '../../importer.ts';
import { realWeight, type Converter, type OperatorContext } from '../context.ts';
import type { Constant } from '../tensor.ts';
import { scaleAndShift } from './arithmetic.ts';
import { windowOf } from './layers.ts';
import { STEEP } from '../../steep.ts';

// Operators of the Larq Compute Engine (Bannink et al. 2021). Signs are +1 from 0 on; where they are packed, 32 channels to a word
// from the lowest bit, a set bit is −1. Here every sign is a real number, made by a steep line between its two limits.

type Options = Readonly<Record<string, number>>;

function optionsOf(context: OperatorContext, names: readonly string[]): Options {
  const bytes = context.operator.customOptions;
  if (!bytes) throw new NotRunnable('no options');
  try {
    const map = toReference(bytes.slice().buffer as ArrayBuffer);
    // Its types know places alone; a map is asked by name.
    return Object.fromEntries(names.map((name) => [name, Number(map.get(name as unknown as number).numericValue())]));
  } catch {
    // The library throws a string for bytes that are no map, or that end too soon.
    throw new NotRunnable('options that cannot be read');
  }
}

/** −1 below 0, +1 from 0 on. */
const signs = (context: OperatorContext, input: ValueId, part: string): ValueId =>
  context.add('clip', [scaleAndShift(context, input, () => ({ factor: STEEP, term: 1 }), part ? `${part}-slope` : 'slope')], { minimum: -1, maximum: 1 }, {}, part);

export const quantize: Converter = (context) => signs(context, context.running(0), '');

/** The rule whose windows make the size that the file states: early versions of the engine numbered paddings in another way. */
function windowByOutput(context: OperatorContext, input: ValueId, spanY: number, spanX: number, strideY: number, strideX: number) {
  const [, height, width] = context.shapeOf(input);
  const [, wantedY, wantedX] = context.outputShape;
  const fits = [0, 1].map((padding) => windowOf(context, input, spanY, spanX, { strideY, strideX, padding })).find((window) => {
    const count = (size: number, before: number, after: number, span: number, stride: number): number => Math.floor((size + before + after - span) / stride) + 1;
    return count(height, window.padTop, window.padBottom, spanY, strideY) === wantedY && count(width, window.padLeft, window.padRight, spanX, strideX) === wantedX;
  });
  if (!fits) throw new NotRunnable(`windows that do not make ${context.outputShape.join('×')}`);
  return fits;
}

/** Kernels stand packed as [out, height, width, words]; here ±1 as [height, width, in, out]. */
function unpacked(packed: Constant, channels: number): Float32Array {
  const [outputs, sizeY, sizeX, words] = packed.shape;
  const values = new Float32Array(outputs * sizeY * sizeX * channels);
  const taps = sizeY * sizeX;
  for (let k = 0; k < outputs; k++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let c = 0; c < channels; c++) {
        const word = packed.values[(k * taps + tap) * words + (c >> 5)];
        values[(tap * channels + c) * outputs + k] = (word >> (c & 31)) & 1 ? -1 : 1;
      }
    }
  }
  return values;
}

const UNPADDED = { padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 } as const;

/**
 * y = multiplier · activation(Σ kernel · sign(x)) + bias. Padding of +1 is zeros around x, whose sign that is. The threshold of 0
 * is stated as a trained layer's, so that one-bit inputs are these signs whatever calibration sees.
 */
export const convolution: Converter = (context) => {
  const options = optionsOf(context, ['channels_in', 'dilation_height_factor', 'dilation_width_factor', 'fused_activation_function', 'pad_values', 'stride_height', 'stride_width']);
  const limit = LIMITS[ACTIVATIONS[options.fused_activation_function]];
  if (!limit) throw new NotRunnable(`the activation ${options.fused_activation_function}`);
  const input = context.running(0);
  const channels = context.shapeOf(input).at(-1) ?? 0;
  const packed = context.needed(1, 'a kernel');
  if (packed.shape.length !== 4 || packed.stored || packed.shape[3] !== Math.ceil(channels / 32) || options.channels_in !== channels) {
    throw new NotRunnable(`a kernel of ${packed.shape.join('×')} words for ${channels} channels`);
  }
  const [outputs, sizeY, sizeX] = packed.shape;
  const { dilation_height_factor: dilationY, dilation_width_factor: dilationX } = options;
  const window = windowByOutput(context, input, (sizeY - 1) * dilationY + 1, (sizeX - 1) * dilationX + 1, options.stride_height, options.stride_width);
  const { padTop, padBottom, padLeft, padRight } = window;
  const bordered = options.pad_values === 1 && padTop + padBottom + padLeft + padRight > 0;
  const after = afterwards(context, outputs, sizeY * sizeX * channels);

  const around = bordered ? context.add('pad', [input], { before: [0, padTop, padLeft, 0], after: [0, padBottom, padRight, 0] }, {}, 'border') : input;
  const bits = context.packed(0) && !bordered ? input : signs(context, around, 'sign');
  const weights = { kernel: { shape: [sizeY, sizeX, channels, outputs], values: unpacked(packed, channels) }, shift: { shape: [channels], values: new Float32Array(channels) } };
  const layer = context.add('conv2d', [bits], { ...window, ...(bordered ? UNPADDED : {}), dilationY, dilationX }, weights);
  context.stored(layer, { scheme: 'xnor', options: { padding: bordered ? 'plus' : 'zero' } });
  return after(limit(context, layer));
};

const clipped = (minimum: number, maximum: number) => (context: OperatorContext, sum: ValueId): ValueId => context.add('clip', [sum], { minimum, maximum }, {}, 'clip');
const LIMITS: Readonly<Record<string, (context: OperatorContext, sum: ValueId) => ValueId>> = {
  NONE: (_, sum) => sum,
  RELU: (context, sum) => context.add('relu', [sum], {}, {}, 'relu'),
  RELU6: clipped(0, 6),
  RELU_N1_TO_1: clipped(-1, 1),
};

/** What comes behind the sum: real numbers, or the signs that the engine packs again, −1 where `taps` − sum exceeds 2·threshold. */
function afterwards(context: OperatorContext, outputs: number, taps: number): (sum: ValueId) => ValueId {
  if (context.packsOutput) {
    const { values } = context.needed(4, 'thresholds');
    if (values.length !== outputs) throw new NotRunnable(`${values.length} thresholds`);
    // Sums are whole numbers: half a step below the threshold, four times, reaches the limits.
    const line = (k: number) => ({ factor: 4, term: 4 * (2 * values[k] - taps) + 2 });
    return (sum) => context.add('clip', [scaleAndShift(context, sum, line, 'threshold')], { minimum: -1, maximum: 1 }, {}, 'sign-out');
  }
  const [factor, term] = [realWeight(context.needed(2, 'multipliers'), [outputs]).values, realWeight(context.needed(3, 'biases'), [outputs]).values];
  return (sum) => scaleAndShift(context, sum, (k) => ({ factor: factor[k], term: term[k] }), 'scale');
}

export const maxPool: Converter = (context) => {
  const { filter_height: sizeY, filter_width: sizeX, stride_height: strideY, stride_width: strideX } = optionsOf(context, ['filter_height', 'filter_width', 'stride_height', 'stride_width']);
  const input = context.running(0);
  return context.add('max-pool', [input], { ...windowByOutput(context, input, sizeY, sizeX, strideY, strideX), sizeY, sizeX });
};
