import type { LayerStep, Program } from '../../runtime/program.ts';
import { writeFlexMap } from '../../tflite/flex-map.ts';
import { activation, bordered, gridSpec, imageShape, limitedCodes, limitedReal, reshaped, wordShape, type Emission, type LayerParts, type Operand } from './emission.ts';
import { explicitBorder, filterOf, isBordered, layerBorder, type Border } from './geometry.ts';
import { SIGN_GRID, type ModelBuilder, type ValueSpec } from './model-builder.ts';
import { codesOf, signSums } from './sums.ts';

/** Larq Compute Engine since LceQuantize: larq_compute_engine/mlir/ir/lce_ops.cc, core/bitpacking, core/bconv2d. */
const QUANTIZE = 'LceQuantize';
const DEQUANTIZE = 'LceDequantize';
const CONVOLUTION = 'LceBconv2d';

const WORD = 32;

/** 32 signs a word, channel i in bit i mod 32, bit 1 = −1; the last word is filled with zeros. */
export function signWords(codes: Int8Array, channels: number): Int32Array {
  const words = Math.ceil(channels / WORD);
  const packed = new Int32Array((codes.length / channels) * words);
  codes.forEach((code, i) => {
    const channel = i % channels;
    if (code < 0) packed[Math.floor(i / channels) * words + Math.floor(channel / WORD)] |= 1 << channel % WORD;
  });
  return packed;
}

/** Numbers −1 and 1 as the file keeps signs: as they are, or as bits. */
export function storedSigns({ builder, form }: Emission, value: number, { buffer }: Operand): number {
  if (form === 'builtin') return reshaped(builder, value, buffer.shape);
  return packedSigns(builder, reshaped(builder, value, imageShape(buffer.shape)));
}

/** Bits of an image's numbers, 1 where one is negative. */
export function packedSigns(builder: ModelBuilder, value: number): number {
  return builder.custom(QUANTIZE, [value], { shape: wordShape(builder.shapeOf(value)), type: 'INT32' }, null);
}

/** Bits as 8-bit numbers −1 and 1. */
export function unpackedSigns(builder: ModelBuilder, { tensor, buffer }: Operand): number {
  return builder.custom(DEQUANTIZE, [tensor], { shape: imageShape(buffer.shape), type: 'INT8', quantization: SIGN_GRID }, null);
}

interface BitInput {
  readonly value: number;
  readonly border: Border;
  /** What the operator puts into its own border: +1, or nothing that counts. */
  readonly padValue: 0 | 1;
  /** The bits are those of the opposite signs, and so must be the weights. */
  readonly isTurned: boolean;
}

/** Bits have no zero, so a border that does not count must be one that the operator makes. */
export function runsAsBits({ geometry, options }: LayerStep): boolean {
  return geometry.op !== 'depthwise-conv2d' && (options['padding'] !== 'zero' || layerBorder(geometry).explicit === null);
}

/**
 * Sign buffers that the file has with the signs turned: Larq's operator borders with +1 or with nothing, and a border of −1 is one
 * of +1 around the opposite signs. Pooled signs stay, since the largest of a window would be the smallest.
 */
export function turnedBuffers({ network }: Program): ReadonlySet<number> {
  const turned = new Set<number>();
  for (const step of network.steps) {
    const [input] = step.inputs;
    if (step.kind !== 'layer' || network.buffers[input].format !== 'sign' || step.options['padding'] !== 'minus') continue;
    const border = layerBorder(step.geometry);
    const isPooled = network.steps.some(({ kind, output }) => kind === 'op' && output === input);
    if (isBordered(border) && border.explicit === null && !isPooled) turned.add(input);
  }
  return turned;
}

function bitInput({ builder, turned }: Emission, { step, inputs: [input] }: LayerParts): BitInput {
  const border = layerBorder(step.geometry);
  const padding = step.options['padding'];
  const isTurned = turned.has(input.index);
  const isOwn = !isBordered(border) || padding === 'zero' || isTurned || (padding === 'plus' && border.explicit === null);
  if (isOwn) return { value: input.tensor, border, padValue: isBordered(border) && padding !== 'zero' ? 1 : 0, isTurned };
  const explicit = explicitBorder(border);
  const value = packedSigns(builder, bordered(builder, unpackedSigns(builder, input), explicit, padding === 'plus' ? 1 : -1));
  return { value, border: explicit, padValue: 0, isTurned };
}

interface BitSums {
  readonly codes: Int8Array;
  readonly result: ValueSpec;
  /** Tensors of multiplier, bias and thresholds; −1: left out. */
  readonly numbers: readonly [number, number, number];
}

/** LceBconv2d: Σ ±1·±1 of 32 products a word. */
function bitConvolution(builder: ModelBuilder, { step: { geometry } }: LayerParts, { value, border, padValue, isTurned }: BitInput, { codes, result, numbers }: BitSums): number {
  const { shape, values } = filterOf(isTurned ? codes.map((code) => -code) : codes, geometry);
  const channels = shape[3];
  const filter = builder.constant('bits', { shape: [...shape.slice(0, 3), Math.ceil(channels / WORD)], type: 'INT32' }, signWords(values, channels));
  const options = writeFlexMap({
    channels_in: channels,
    dilation_height_factor: geometry.dilationY,
    dilation_width_factor: geometry.dilationX,
    fused_activation_function: activation('NONE'),
    pad_values: padValue,
    padding: border.padding,
    stride_height: geometry.strideY,
    stride_width: geometry.strideX,
  });
  return builder.custom(CONVOLUTION, [value, filter, ...numbers], result, options);
}

/** A one-bit layer with what is fused behind it; the result as it is stored. */
export function bitLayer(emission: Emission, parts: LayerParts): number {
  const { builder } = emission;
  const { step, output, parameters } = parts;
  const { geometry } = step;
  const input = bitInput(emission, parts);
  const image = imageShape(output.buffer.shape);
  const channel = (role: string, numbers: ArrayLike<number>): number => builder.constant(role, { shape: [geometry.outputChannels], type: 'FLOAT32' }, numbers);
  const real = (codes: Int8Array, multiplier: ArrayLike<number>, bias: ArrayLike<number>, result: ValueSpec): number =>
    bitConvolution(builder, parts, input, { codes, result, numbers: [channel('multiplier', multiplier), channel('offset', bias), -1] });
  // Larq makes neither bits nor 8-bit numbers of sums whose border does not count.
  const isZeroBordered = input.padValue === 0 && isBordered(input.border) && input.border.explicit === null;
  if (output.buffer.format === 'float32') {
    const sum = real(codesOf(parameters), parameters['multiplier'], parameters['offset'], { shape: image, type: 'FLOAT32' });
    return reshaped(builder, limitedReal(builder, sum, parameters['limits'][0], parameters['limits'][1]), output.buffer.shape);
  }
  if (output.buffer.format === 'sign') {
    const { codes, thresholds } = signSums(emission, parts);
    if (isZeroBordered) return packedSigns(builder, real(codes, new Float32Array(thresholds.length).fill(1), Float32Array.from(thresholds, (t) => 0.5 - t), { shape: image, type: 'FLOAT32' }));
    const products = geometry.kernelHeight * geometry.kernelWidth * geometry.inputChannels;
    // The operator counts the products that are −1 and asks whether they are more than this.
    const most = builder.constant('thresholds', { shape: [thresholds.length], type: 'INT32' }, thresholds.map((t) => Math.floor((products - t) / 2)));
    return bitConvolution(builder, parts, input, { codes, result: { shape: wordShape(output.buffer.shape), type: 'INT32' }, numbers: [-1, -1, most] });
  }
  const grid = output.grid!;
  const [, low, high] = parameters['outputGrid'];
  const result: ValueSpec = { shape: image, type: 'INT8', quantization: gridSpec(grid) };
  const scaled = (slot: string): Float32Array => Float32Array.from(parameters[slot], (value) => value * grid.scale);
  const sum = real(codesOf(parameters), scaled('multiplier'), scaled('offset'), isZeroBordered ? { shape: image, type: 'FLOAT32' } : result);
  const whole = isZeroBordered ? builder.op('QUANTIZE', [sum], result) : sum;
  return reshaped(builder, limitedCodes(builder, whole, [low, high], result), output.buffer.shape);
}
