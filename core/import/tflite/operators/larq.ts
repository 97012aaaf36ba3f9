import { toReference } from 'flatbuffers/js/flexbuffers.js';
import { elementCount, type ValueId } from '../../../graph/graph.ts';
import { ACTIVATIONS } from '../../../tflite/schema.ts';
import { NotRunnable } from '../../importer.ts';
import { realWeight, type Converter, type OperatorContext } from '../context.ts';
import type { Constant } from '../tensor.ts';
import { scaleAndShift } from './arithmetic.ts';
import { windowOf } from './layers.ts';

// Operators of the Larq Compute Engine (Bannink et al. 2021). Signs are +1 from 0 on; where they are packed, 32 channels to a word
// from the lowest bit, a set bit is −1. Here every sign is a real number, made by a steep line between its two limits: for any
// float32 of 2^-62 and more on either side, and for 0, the answer is the sign itself.
const STEEP = 2 ** 64;

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

/**
 * y = multiplier · activation(Σ kernel · sign(x)) + bias. Padding of +1 is that of zeros once every sign is one less:
 * Σ kernel · sign = Σ kernel · (sign − 1) + Σ kernel.
 */
export const convolution: Converter = (context) => {
  const options = optionsOf(context, ['channels_in', 'dilation_height_factor', 'dilation_width_factor', 'fused_activation_function', 'pad_values', 'stride_height', 'stride_width']);
  const activation = ACTIVATIONS[options.fused_activation_function];
  if (!['NONE', 'RELU', 'RELU6', 'RELU_N1_TO_1'].includes(activation)) throw new NotRunnable(`the activation ${activation}`);
  const input = context.running(0);
  const channels = context.shapeOf(input).at(-1) ?? 0;
  const packed = context.needed(1, 'a kernel');
  if (packed.shape.length !== 4 || packed.stored || packed.shape[3] !== Math.ceil(channels / 32) || options.channels_in !== channels) {
    throw new NotRunnable(`a kernel of ${packed.shape.join('×')} words for ${channels} channels`);
  }
  const [outputs, sizeY, sizeX] = packed.shape;
  const { dilation_height_factor: dilationY, dilation_width_factor: dilationX } = options;
  const window = windowByOutput(context, input, (sizeY - 1) * dilationY + 1, (sizeX - 1) * dilationX + 1, options.stride_height, options.stride_width);
  const padded = window.padTop + window.padBottom + window.padLeft + window.padRight > 0;
  const ones = padded && options.pad_values === 1;
  const values = unpacked(packed, channels);
  const kernel = { shape: [sizeY, sizeX, channels, outputs], values };
  const sums = new Float32Array(outputs);
  if (ones) values.forEach((value, i) => (sums[i % outputs] += value));
  const after = afterwards(context, outputs, elementCount([sizeY, sizeX, channels]));

  const bits = signsOf(context, input, ones);
  const layer = context.add('conv2d', [bits], { ...window, dilationY, dilationX }, { kernel, bias: ones ? { shape: [outputs], values: sums } : undefined });
  context.stored(layer, { scheme: 'xnor', options: { padding: ones ? 'plus' : 'zero' } });
  return after(activation === 'RELU' ? context.add('relu', [layer], {}, {}, 'relu') : limited(context, layer, activation));
};

function limited(context: OperatorContext, layer: ValueId, activation: string): ValueId {
  if (activation === 'NONE') return layer;
  const range = activation === 'RELU6' ? { minimum: 0, maximum: 6 } : { minimum: -1, maximum: 1 };
  return context.add('clip', [layer], range, {}, 'clip');
}

/** What comes before the sum: signs, one less where the padding is +1. Values that were packed are signs already. */
function signsOf(context: OperatorContext, input: ValueId, ones: boolean): ValueId {
  if (context.packed(0)) return ones ? scaleAndShift(context, input, () => ({ factor: 1, term: -1 }), 'sign') : input;
  if (!ones) return signs(context, input, 'sign');
  return context.add('clip', [scaleAndShift(context, input, () => ({ factor: STEEP, term: 0 }), 'slope')], { minimum: -2, maximum: 0 }, {}, 'sign');
}

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
