import { activation, imageShape, reshaped, type Emission, type Operand, type Operands } from './emission.ts';
import { VALID } from './geometry.ts';
import { packedSigns, storedSigns } from './lce.ts';
import { perChannel, SIGN_GRID, type ValueSpec } from './model-builder.ts';

/** The largest float32 number below this one. */
function before(value: number): number {
  if (value === 0) return -(2 ** -149);
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  view.setInt32(0, view.getInt32(0) + (value > 0 ? -1 : 1));
  return view.getFloat32(0);
}

/** Thresholds of the last axis; those of an image that was flattened repeat along it. */
function everyThreshold<T extends Float32Array | Int32Array>(thresholds: T, channels: number): number[] {
  return Array.from({ length: channels }, (_, c) => thresholds[c % thresholds.length]);
}

/** Signs of real numbers: a comparison, or the sign of a difference, which is exact as a sign. */
function realSigns(emission: Emission, { tensor }: Operand, output: Operand, thresholds: Float32Array): number {
  const { builder, form, turned } = emission;
  const image = imageShape(output.buffer.shape);
  const channels = image[3];
  const value = form === 'lce' ? reshaped(builder, tensor, image) : tensor;
  const shape = builder.shapeOf(value);
  const own = everyThreshold(thresholds, channels);
  const constant = (numbers: readonly number[]): number => builder.constant('thresholds', { shape: [channels], type: 'FLOAT32' }, numbers);
  if (form === 'builtin') {
    const isPlus = builder.op('GREATER_EQUAL', [value, constant(own)], { shape, type: 'BOOL' });
    return builder.op('SELECT_V2', [isPlus, builder.code(1, SIGN_GRID), builder.code(-1, SIGN_GRID)], { shape, type: 'INT8', quantization: SIGN_GRID });
  }
  // Turned, a number is −1 where it reaches its threshold, that is where it is above what lies just below.
  const isTurned = turned.has(output.index);
  const difference: ValueSpec = { shape, type: 'FLOAT32' };
  if (isTurned) return packedSigns(builder, builder.op('SUB', [constant(own.map(before)), value], difference));
  return packedSigns(builder, own.every((t) => t === 0) ? value : builder.op('SUB', [value, constant(own)], difference));
}

/** Signs of codes: a filter of one tap makes the difference from the threshold, doubled and odd, and clips it to −1…1. */
function codeSigns(emission: Emission, input: Operand, output: Operand, thresholds: Int32Array): number {
  const { builder, turned } = emission;
  const { scale, zeroPoint } = input.grid!;
  const direction = turned.has(output.index) ? -1 : 1;
  // Flattened, every number has a threshold of its own.
  const image = imageShape(input.buffer.shape);
  const channels = image[3];
  const grid = perChannel(new Float32Array(channels).fill(1 / scale), 3);
  const own = everyThreshold(thresholds, channels).map((t) => Math.min(Math.max(t, -128), 128) - zeroPoint);
  const filter = builder.constant('codes', { shape: [1, 1, 1, channels], type: 'INT8', quantization: grid }, own.map(() => 2 * direction));
  const bias = builder.constant('bias', { shape: [channels], type: 'INT32', quantization: perChannel(new Float32Array(channels).fill(1), 0) }, own.map((t) => direction * (1 - 2 * t)));
  const options = { padding: VALID, stride_h: 1, stride_w: 1, depth_multiplier: 1, fused_activation_function: activation('RELU_N1_TO_1') };
  const signs = builder.op('DEPTHWISE_CONV_2D', [reshaped(builder, input.tensor, image), filter, bias], { shape: image, type: 'INT8', quantization: SIGN_GRID }, options);
  return storedSigns(emission, signs, output);
}

export function emitSigns(emission: Emission, { inputs: [input], output, parameters }: Operands): number {
  const thresholds = parameters['thresholds'] as Float32Array | Int32Array;
  return thresholds instanceof Int32Array ? codeSigns(emission, input, output, thresholds) : realSigns(emission, input, output, thresholds);
}

