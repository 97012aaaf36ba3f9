import { isFloatLayer, type LayerStep } from '../../runtime/program.ts';
import type { TfliteActivation } from '../../tflite/schema.ts';
import { activation, bordered, fusedCodes, fusedOf, gridSpec, imageShape, limitedCodes, limitedReal, reshaped, type Emission, type LayerParts, type Operands } from './emission.ts';
import { explicitBorder, filterOf, layerBorder, type Border } from './geometry.ts';
import { bitLayer, runsAsBits, storedSigns, unpackedSigns } from './lce.ts';
import { perChannel, perTensor, SIGN_GRID, type ModelBuilder, type ValueSpec } from './model-builder.ts';
import { codesOf, LARGEST_BIAS, signSums, smallestType, storageOf, type CodeType, type Storage } from './sums.ts';

/** Weights with what is computed around them. */
interface Convolution {
  readonly filter: number;
  readonly bias: number;
  readonly border: Border;
  readonly result: ValueSpec;
  readonly fused: TfliteActivation;
}

/** A layer's window as an operator; rows of a dense layer are images of one pixel. */
function convolve(builder: ModelBuilder, { step: { geometry } }: LayerParts, value: number, { filter, bias, border, result, fused }: Convolution): number {
  const options = {
    padding: border.padding,
    stride_h: geometry.strideY,
    stride_w: geometry.strideX,
    dilation_h_factor: geometry.dilationY,
    dilation_w_factor: geometry.dilationX,
    fused_activation_function: activation(fused),
  };
  if (geometry.op !== 'depthwise-conv2d') return builder.op('CONV_2D', [value, filter, bias], result, options);
  return builder.op('DEPTHWISE_CONV_2D', [value, filter, bias], result, { ...options, depth_multiplier: geometry.outputChannels / geometry.inputChannels });
}

const outputImage = ({ output }: LayerParts): readonly number[] => imageShape(output.buffer.shape);

function floatLayer(builder: ModelBuilder, parts: LayerParts): number {
  const { step, inputs, output, parameters } = parts;
  const { outputChannels } = step.geometry;
  const [low, high] = parameters['limits'];
  const fused = fusedOf(low, high);
  const { shape, values } = filterOf(parameters['kernel'] as Float32Array, step.geometry);
  const bias = builder.constant('bias', { shape: [outputChannels], type: 'FLOAT32' }, parameters['bias']);
  let sum: number;
  if (step.geometry.op === 'dense' && output.buffer.shape.length === 2) {
    const filter = builder.constant('weight', { shape: [outputChannels, values.length / outputChannels], type: 'FLOAT32' }, values);
    sum = builder.op('FULLY_CONNECTED', [inputs[0].tensor, filter, bias], { shape: output.buffer.shape, type: 'FLOAT32' }, { fused_activation_function: activation(fused ?? 'NONE') });
  } else {
    const filter = builder.constant('weight', { shape, type: 'FLOAT32' }, values);
    const border = layerBorder(step.geometry);
    const value = bordered(builder, reshaped(builder, inputs[0].tensor, imageShape(inputs[0].buffer.shape)), border);
    sum = reshaped(builder, convolve(builder, parts, value, { filter, bias, border, result: { shape: outputImage(parts), type: 'FLOAT32' }, fused: fused ?? 'NONE' }), output.buffer.shape);
  }
  return fused === null ? limitedReal(builder, sum, low, high) : sum;
}

/** An integer layer as TensorFlow Lite has it: out = zero point + round(multiplier · (Σ (q − zero point)·code + bias)). */
interface Requantised {
  readonly codes: Int8Array;
  readonly type: CodeType;
  /** Positive, one a channel. */
  readonly multiplier: Float64Array;
  readonly bias: Int32Array;
  /** Scale of the input, and of the result. */
  readonly scales: readonly [number, number];
}

/** Steps of the multiplier of a channel whose sums do not count. */
const CONSTANT_STEP = 2 ** -10;
/** Runtimes take no less, and no sum of 32 bits gets anywhere with it. */
const SMALLEST_MULTIPLIER = 2 ** -31;

function requantised({ parameters }: LayerParts, { type, growth }: Storage, scales: readonly [number, number]): Requantised {
  const own = codesOf(parameters);
  const channels = parameters['multiplier'].length;
  const multiplier = new Float64Array(channels);
  const bias = new Int32Array(channels);
  const turn = new Float64Array(channels);
  for (let k = 0; k < channels; k++) {
    const m = parameters['multiplier'][k] / growth;
    const steps = parameters['offset'][k] / Math.abs(m);
    // Scales are positive: a negative multiplier turns the signs of its codes.
    const counts = Math.abs(steps) <= LARGEST_BIAS && Math.abs(m) >= SMALLEST_MULTIPLIER;
    turn[k] = counts ? Math.sign(m) * growth : 0;
    multiplier[k] = counts ? Math.abs(m) : CONSTANT_STEP;
    bias[k] = Math.min(Math.max(Math.round(counts ? steps : parameters['offset'][k] / CONSTANT_STEP), -LARGEST_BIAS), LARGEST_BIAS);
  }
  return { codes: own.map((code, i) => code * turn[i % channels]), type, multiplier, bias, scales };
}

function integerConvolution(builder: ModelBuilder, parts: LayerParts, value: number, { codes, type, multiplier, bias, scales }: Requantised, border: Border, result: ValueSpec, fused: TfliteActivation): number {
  const { geometry } = parts.step;
  const { shape, values, axis } = filterOf(codes, geometry);
  const scale = Float32Array.from(multiplier, (m) => (m * scales[1]) / scales[0]);
  const filter = builder.constant('codes', { shape, type, quantization: perChannel(scale, axis) }, values);
  const steps = builder.constant('bias', { shape: [bias.length], type: 'INT32', quantization: perChannel(scale.map((s) => s * scales[0]), 0) }, bias);
  return convolve(builder, parts, value, { filter, bias: steps, border, result, fused });
}

const ones = (channels: number): Float64Array => new Float64Array(channels).fill(1);

/** Codes saturate, so a result with this zero point and a ReLU is one of two. */
const LAST_BUT_ONE = perTensor(2, 126);

/** Signs of 8-bit sums: 126 or 127 by the layer itself, which real numbers 0 and 2 stand for, then −1 or 1. */
function integerSigns(emission: Emission, parts: LayerParts, value: number, border: Border): number {
  const { builder } = emission;
  const { codes, thresholds } = signSums(emission, parts);
  const [{ grid }] = parts.inputs;
  const shape = outputImage(parts);
  const layer: Requantised = { codes, type: smallestType(parts.step), multiplier: ones(thresholds.length), bias: thresholds.map((t) => 1 - t), scales: [grid!.scale, 2] };
  const bit = integerConvolution(builder, parts, value, layer, border, { shape, type: 'INT8', quantization: LAST_BUT_ONE }, 'RELU');
  return builder.op('ADD', [bit, builder.code(-1, SIGN_GRID)], { shape, type: 'INT8', quantization: SIGN_GRID });
}

/** Signs of the sums of signs: doubled, those are odd and never 0, so a clip to −1…1 is their sign. */
function signSigns(emission: Emission, parts: LayerParts, value: number, border: Border): number {
  const { codes, thresholds } = signSums(emission, parts);
  const layer: Requantised = { codes: codes.map((code) => 2 * code), type: 'INT8', multiplier: ones(thresholds.length), bias: thresholds.map((t) => 1 - 2 * t), scales: [1, 1] };
  return integerConvolution(emission.builder, parts, value, layer, border, { shape: outputImage(parts), type: 'INT8', quantization: SIGN_GRID }, 'RELU_N1_TO_1');
}

/** What follows sums in real numbers; one number a channel. */
interface Affine {
  readonly multiplier: ArrayLike<number>;
  readonly offset: ArrayLike<number>;
  readonly limits: ArrayLike<number>;
}

/** Sums in real numbers, where the result is one: the multipliers follow, so that sums of signs are whole and exact. */
function realSums(builder: ModelBuilder, parts: LayerParts, value: number, border: Border, { multiplier, offset, limits }: Affine): number {
  const { step, inputs, output } = parts;
  const { outputChannels } = step.geometry;
  const { shape, values } = filterOf(codesOf(parts.parameters), step.geometry);
  const real = (tensor: number): number => builder.op('DEQUANTIZE', [tensor], { shape: builder.shapeOf(tensor), type: 'FLOAT32' });
  const filter = real(builder.constant('codes', { shape, type: 'INT8', quantization: SIGN_GRID }, values));
  const channel = (role: string, numbers: ArrayLike<number>): number => builder.constant(role, { shape: [outputChannels], type: 'FLOAT32' }, numbers);
  const result: ValueSpec = { shape: outputImage(parts), type: 'FLOAT32' };
  const sum = convolve(builder, parts, real(value), { filter, bias: channel('zero', new Float32Array(outputChannels)), border, result, fused: 'NONE' });
  const scale = inputs[0].grid?.scale ?? 1;
  const scaled = builder.op('MUL', [sum, channel('multiplier', Float32Array.from(multiplier, (m) => m / scale))], result);
  const fused = fusedOf(limits[0], limits[1]);
  const moved = builder.op('ADD', [scaled, channel('offset', offset)], result, { fused_activation_function: activation(fused ?? 'NONE') });
  return reshaped(builder, fused === null ? limitedReal(builder, moved, limits[0], limits[1]) : moved, output.buffer.shape);
}

const affineOf = ({ parameters }: LayerParts): Affine => ({ multiplier: parameters['multiplier'], offset: parameters['offset'], limits: parameters['limits'] });

function integerResult(builder: ModelBuilder, parts: LayerParts, value: number, border: Border): number {
  const { step, inputs, output, parameters } = parts;
  const grid = output.grid!;
  const [, low, high] = parameters['outputGrid'];
  const result: ValueSpec = { shape: outputImage(parts), type: 'INT8', quantization: gridSpec(grid) };
  const storage = storageOf(step, parameters);
  if (storage === null) {
    const scaled = (slot: string): Float32Array => Float32Array.from(parameters[slot], (number) => number * grid.scale);
    const sum = realSums(builder, parts, value, border, { multiplier: scaled('multiplier'), offset: scaled('offset'), limits: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] });
    const own: ValueSpec = { ...result, shape: output.buffer.shape };
    return limitedCodes(builder, builder.op('QUANTIZE', [sum], own), [low, high], own);
  }
  const fused = fusedCodes([low, high], grid);
  const layer = requantised(parts, storage, [inputs[0].grid?.scale ?? 1, grid.scale]);
  const sum = integerConvolution(builder, parts, value, layer, border, result, fused ?? 'NONE');
  return reshaped(builder, fused === null ? limitedCodes(builder, sum, [low, high], result) : sum, output.buffer.shape);
}

/** Operators of a layer with what is fused behind it; gives the tensor of the stored value. */
export function emitLayer(emission: Emission, step: LayerStep, operands: Operands): number {
  const parts: LayerParts = { ...operands, step };
  const { builder, form } = emission;
  const [input] = parts.inputs;
  if (isFloatLayer(step)) return floatLayer(builder, parts);
  const readsSigns = input.buffer.format === 'sign';
  if (readsSigns && form === 'lce' && runsAsBits(step)) return bitLayer(emission, parts);
  const own = layerBorder(step.geometry);
  const isFilled = readsSigns && step.options['padding'] !== 'zero';
  const border = isFilled ? explicitBorder(own) : own;
  const numbers = readsSigns && form === 'lce' ? unpackedSigns(builder, input) : input.tensor;
  const value = bordered(builder, reshaped(builder, numbers, imageShape(input.buffer.shape)), border, isFilled ? (step.options['padding'] === 'plus' ? 1 : -1) : null);
  const { format } = parts.output.buffer;
  if (format === 'float32') return realSums(builder, parts, value, border, affineOf(parts));
  if (format === 'int8') return integerResult(builder, parts, value, border);
  return storedSigns(emission, readsSigns ? signSigns(emission, parts, value, border) : integerSigns(emission, parts, value, border), parts.output);
}
