import { StudioError } from '../../base/errors.ts';
import { readFlexMap } from '../../tflite/flex-map.ts';
import type { TfliteOperator, TfliteTensor } from '../../tflite/model.ts';

/**
 * Larq Compute Engine's operators by its own description (docs.larq.dev/compute-engine, larq_compute_engine/core/bconv2d/reference.h and
 * output_transform.h), one loop each, written apart from what writes them: it reads the bits that stand in the file.
 */

const BITS = 32;

const words = (bytes: Uint8Array): Int32Array => new Int32Array(bytes.slice().buffer);
const reals = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer);
const bytesOf = (values: Int32Array | Float32Array | Int8Array): Uint8Array => new Uint8Array(values.buffer);

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Bit 1 where a number is below zero, of 8-bit numbers below the zero point. */
function quantize(input: TfliteTensor, output: TfliteTensor, bytes: Uint8Array): Uint8Array {
  const channels = input.shape[input.shape.length - 1];
  const perRow = output.shape[output.shape.length - 1];
  const values = input.type === 'INT8' ? new Int8Array(bytes.slice().buffer) : reals(bytes);
  const zero = input.type === 'INT8' ? (input.quantization?.zeroPoint[0] ?? 0) : 0;
  const packed = new Int32Array((values.length / channels) * perRow);
  values.forEach((value, i) => {
    const channel = i % channels;
    if (value < zero) packed[Math.floor(i / channels) * perRow + Math.floor(channel / BITS)] |= 1 << channel % BITS;
  });
  return bytesOf(packed);
}

/** 8-bit numbers that stand for −1 and 1. */
function dequantize(input: TfliteTensor, output: TfliteTensor, bytes: Uint8Array): Uint8Array {
  const packed = words(bytes);
  const channels = output.shape[output.shape.length - 1];
  const perRow = input.shape[input.shape.length - 1];
  const [scale, zero] = [output.quantization?.scale[0] ?? 1, output.quantization?.zeroPoint[0] ?? 0];
  const one = Math.round(1 / scale);
  const values = Int8Array.from({ length: (packed.length / perRow) * channels }, (_, i) => {
    const channel = i % channels;
    const isMinus = (packed[Math.floor(i / channels) * perRow + Math.floor(channel / BITS)] >> channel % BITS) & 1;
    return isMinus ? Math.max(-128, zero - one) : Math.min(127, zero + one);
  });
  return bytesOf(values);
}

/** Rows or columns before the first of a window: SAME (0) puts the odd one behind. */
function padBefore(padding: number, from: number, to: number, reach: number, stride: number): number {
  return padding === 0 ? Math.floor(Math.max(0, (to - 1) * stride + reach - from) / 2) : 0;
}

interface Window {
  readonly shape: readonly number[];
  readonly filter: readonly number[];
  readonly result: readonly number[];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: number;
  /** 1: what lies outside is +1, else it does not count. */
  readonly padValue: number;
  readonly channels: number;
}

function windowOf({ customOptions }: TfliteOperator, input: TfliteTensor, filter: TfliteTensor, output: TfliteTensor): Window {
  const options = readFlexMap(customOptions ?? new Uint8Array());
  const option = (name: string): number => {
    const value = Number(options[name]);
    if (!Number.isInteger(value)) throw new StudioError(`LceBconv2d has no option "${name}".`);
    return value;
  };
  if (option('fused_activation_function') !== 0) throw new StudioError('LceBconv2d has an activation, which is not written.');
  return {
    shape: input.shape,
    filter: filter.shape,
    result: output.shape,
    stride: [option('stride_height'), option('stride_width')],
    dilation: [option('dilation_height_factor'), option('dilation_width_factor')],
    padding: option('padding'),
    padValue: option('pad_values'),
    channels: option('channels_in'),
  };
}

/** Σ ±1·±1 of every output number: all products less twice those that are −1. */
function sumsOf(window: Window, channelsOut: number, input: Int32Array, filter: Int32Array): Int32Array {
  const { shape, filter: size, result, stride, dilation, padding, padValue, channels } = window;
  const [, height, width, perPixel] = shape;
  const [, rows, columns] = size;
  const top = padBefore(padding, height, result[1], (rows - 1) * dilation[0] + 1, stride[0]);
  const left = padBefore(padding, width, result[2], (columns - 1) * dilation[1] + 1, stride[1]);
  const sums = new Int32Array(result[1] * result[2] * channelsOut);
  for (let i = 0; i < sums.length; i++) {
    const k = i % channelsOut;
    const pixel = Math.floor(i / channelsOut);
    for (let tap = 0; tap < rows * columns; tap++) {
      const y = Math.floor(pixel / result[2]) * stride[0] - top + Math.floor(tap / columns) * dilation[0];
      const x = (pixel % result[2]) * stride[1] - left + (tap % columns) * dilation[1];
      const isInside = y >= 0 && y < height && x >= 0 && x < width;
      if (!isInside && padValue !== 1) continue;
      let different = 0;
      for (let word = 0; word < perPixel; word++) different += bitCount((isInside ? input[(y * width + x) * perPixel + word] : 0) ^ filter[(k * rows * columns + tap) * perPixel + word]);
      sums[i] += channels - 2 * different;
    }
  }
  return sums;
}

function convolution(operator: TfliteOperator, tensors: readonly (TfliteTensor | null)[], output: TfliteTensor, given: readonly (Uint8Array | null)[]): Uint8Array {
  const [input, filter] = tensors;
  const window = windowOf(operator, input!, filter!, output);
  const channels = filter!.shape[0];
  const sums = sumsOf(window, channels, words(given[0]!), words(given[1]!));
  if (output.type === 'INT32') {
    // The operator compares how many products are −1.
    const thresholds = words(given[4]!);
    const products = filter!.shape[1] * filter!.shape[2] * window.channels;
    const perPixel = output.shape[3];
    const packed = new Int32Array(window.result[1] * window.result[2] * perPixel);
    sums.forEach((sum, i) => {
      const k = i % channels;
      if ((products - sum) / 2 > thresholds[k]) packed[Math.floor(i / channels) * perPixel + Math.floor(k / BITS)] |= 1 << k % BITS;
    });
    return bytesOf(packed);
  }
  const [multiplier, bias] = [reals(given[2]!), reals(given[3]!)];
  const real = Float32Array.from(sums, (sum, i) => Math.fround(sum * multiplier[i % channels]) + bias[i % channels]);
  if (output.type === 'FLOAT32') return bytesOf(real);
  const { scale, zeroPoint } = output.quantization!;
  const away = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
  return bytesOf(Int8Array.from(real, (value) => Math.min(Math.max(away(value / scale[0]) + zeroPoint[0], -128), 127)));
}

/** The result of one of Larq's operators, as the bytes of its tensor; `given` are those of its inputs. */
export function runLce(operator: TfliteOperator, tensors: readonly (TfliteTensor | null)[], output: TfliteTensor, given: readonly (Uint8Array | null)[]): Uint8Array {
  if (operator.op === 'LceQuantize') return quantize(tensors[0]!, output, given[0]!);
  if (operator.op === 'LceDequantize') return dequantize(tensors[0]!, output, given[0]!);
  if (operator.op === 'LceBconv2d') return convolution(operator, tensors, output, given);
  throw new StudioError(`There is no interpreter of the operator ${operator.op}.`);
}
