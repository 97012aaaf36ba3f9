import { withLevels } from '../../quant/two-levels.ts';
import { isFloatLayer, type LayerStep } from '../../runtime/program.ts';
import { SCHEMES } from '../../schemes/index.ts';
import { dequantised, isImage, limited, limitedToCodes, quantised, signsOf, type Emission, type Operands } from './emission.ts';
import { channelShape, convolutionAttributes, onnxWeights } from './layout.ts';
import { elementTypeNumber, type AttributeValue, type ElementType } from './messages.ts';
import type { ModelWriter } from './model-writer.ts';

/** The smallest element type that holds a scheme's codes. Two levels a channel are codes of their own. */
export function codeType(step: LayerStep, hasLevels: boolean): ElementType {
  const { largestCode } = SCHEMES[step.scheme];
  if (hasLevels || largestCode > 7) return 'int8';
  return largestCode > 1 ? 'int4' : 'int2';
}

interface LayerParts extends Operands {
  readonly step: LayerStep;
  readonly image: boolean;
}

function convolutionOf(parts: LayerParts): Record<string, AttributeValue> {
  return parts.image ? convolutionAttributes(parts.step.geometry) : {};
}

function codesOf({ parameters }: LayerParts): Int8Array {
  const stored = parameters['codes'] as Int8Array;
  const levels = parameters['levels'] as Int32Array | undefined;
  return levels ? withLevels(stored, levels) : stored;
}

function floatLayer(writer: ModelWriter, parts: LayerParts): string {
  const { step, image, inputs, parameters } = parts;
  const { dims, values } = onnxWeights(parameters['kernel'] as Float32Array, step.geometry, image);
  const weight = writer.constant('weight', 'float32', dims, values);
  const bias = writer.constant('bias', 'float32', [step.geometry.outputChannels], parameters['bias']);
  const sum = realSum(writer, parts, inputs[0].name, weight, bias);
  return limited(writer, sum, parameters['limits'][0], parameters['limits'][1]);
}

/** Convolution or product of real numbers, with a bias or without. */
function realSum(writer: ModelWriter, parts: LayerParts, value: string, weight: string, bias: string | null): string {
  const behind = bias === null ? [] : [bias];
  if (parts.image) return writer.main('Conv', [value, weight, ...behind], convolutionOf(parts));
  if (parts.inputs[0].buffer.shape.length === 2 && bias !== null) return writer.main('Gemm', [value, weight, bias]);
  const product = writer.main('MatMul', [value, weight]);
  return bias === null ? product : writer.helper('Add', [product, bias]);
}

/** Signs with a border that counts as −1 or +1; zeros are what convolutions put there themselves. */
function signSum(writer: ModelWriter, parts: LayerParts, weight: string): string {
  const [{ name }] = parts.inputs;
  const attributes = convolutionOf(parts);
  const pads = (attributes['pads'] ?? []) as readonly number[];
  const padding = parts.step.options['padding'];
  if (padding === 'zero' || pads.every((size) => size === 0)) return realSum(writer, parts, name, weight, null);
  const [top, left, bottom, right] = pads;
  const sizes = writer.constant('pads', 'int64', [8], [0, 0, top, left, 0, 0, bottom, right]);
  const bordered = writer.helper('Pad', [name, sizes, writer.scalar('float32', padding === 'plus' ? 1 : -1)]);
  return writer.main('Conv', [bordered, weight], { ...attributes, pads: [0, 0, 0, 0] });
}

/** Whole numbers up to here are real numbers of 32 bits. */
const LARGEST_EXACT = 2 ** 24;
/** |q − zero point| of 8 bits. */
const LARGEST_INPUT = 255;

/** No sum of any channel, nor a part of it, can leave the whole numbers that float32 has. */
function isExactInReal(codes: Int8Array, channels: number): boolean {
  const sums = new Float64Array(channels);
  for (let i = 0; i < codes.length; i++) sums[i % channels] += Math.abs(codes[i]);
  return sums.every((sum) => sum * LARGEST_INPUT < LARGEST_EXACT);
}

/** The layer's sums as whole numbers: by real convolutions, which every runtime has, or where those would not be exact in integers. */
function wholeSums(writer: ModelWriter, parts: LayerParts): string {
  const { step, image, inputs, parameters } = parts;
  const own = codesOf(parts);
  const type = codeType(step, 'levels' in parameters);
  const { dims, values } = onnxWeights(own, step.geometry, image);
  const codes = writer.constant('codes', type, dims, values);
  // ONNX Runtime 1.30 puts 2-bit weights behind DequantizeLinear into operators that do not take them.
  const real = (): string => (type === 'int2' ? writer.helper('Cast', [codes], { to: elementTypeNumber('float32') }) : writer.helper('DequantizeLinear', [codes, writer.scalar('float32', 1)]));
  if (inputs[0].buffer.format === 'sign') return signSum(writer, parts, real());
  const [zeroPoint] = parameters['inputGrid'];
  if (isExactInReal(own, step.geometry.outputChannels)) {
    const value = dequantised(writer, inputs[0].name, 1, zeroPoint);
    return realSum(writer, parts, value, real(), null);
  }
  const weight = type === 'int8' ? codes : writer.helper('Cast', [codes], { to: elementTypeNumber('int8') });
  const operands = [inputs[0].name, weight, writer.scalar('int8', zeroPoint)];
  const sums = image ? writer.main('ConvInteger', operands, convolutionOf(parts)) : writer.main('MatMulInteger', operands);
  return writer.helper('Cast', [sums], { to: elementTypeNumber('float32') });
}

function exactLayer(writer: ModelWriter, parts: LayerParts): string {
  const { parameters, output } = parts;
  const sums = wholeSums(writer, parts);
  const channelDims = channelShape(output.buffer.shape);
  const thresholds = parameters['thresholds'] as Int32Array | undefined;
  // Half way between two sums, so that what a runtime's own way to convolve loses does not matter.
  if (thresholds) return signsOf(writer, sums, Float32Array.from(thresholds, (t) => t - 0.5), channelDims);
  // Rounding does nothing to whole sums, and keeps a runtime from folding the multiplier into the weights.
  const whole = writer.helper('Round', [sums]);
  const scaled = writer.helper('Mul', [whole, writer.constant('multiplier', 'float32', channelDims, parameters['multiplier'])]);
  const moved = writer.helper('Add', [scaled, writer.constant('offset', 'float32', channelDims, parameters['offset'])]);
  const grid = parameters['outputGrid'];
  if (!grid) return limited(writer, moved, parameters['limits'][0], parameters['limits'][1]);
  return quantised(writer, limitedToCodes(writer, moved, grid, 1), 1, grid[0]);
}

const INT32_HIGH = 2 ** 31 - 1;

/** A layer that a runtime may compute in integers of its own: the multiplier of a channel is the scale of its weights. */
function qdqLayer(writer: ModelWriter, parts: LayerParts): string {
  const { step, image, inputs, output, parameters } = parts;
  const [input] = inputs;
  const grid = parameters['outputGrid'];
  const outputScale = grid ? output.scale : 1;
  const multiplier = parameters['multiplier'];
  const channels = multiplier.length;
  // A negative multiplier turns the signs of its codes: scales are positive.
  const codes = codesOf(parts).map((code, i) => code * Math.sign(multiplier[i % channels]));
  const scale = Float32Array.from(multiplier, (m) => (Math.abs(m) * outputScale) / input.scale || 1);
  const { dims, values } = onnxWeights(codes, step.geometry, image);
  const weight = writer.helper('DequantizeLinear', [writer.constant('codes', 'int8', dims, values), writer.constant('scale', 'float32', [channels], scale)], { axis: image ? 0 : 1 });
  const offset = Float32Array.from(parameters['offset'], (b) => b * outputScale);
  const value = dequantised(writer, input.name, input.scale, parameters['inputGrid'][0]);
  const bias = biasOf(writer, offset, scale.map((s) => s * input.scale), grid !== undefined && !multiplier.includes(0));
  const sum = realSum(writer, parts, value, weight, bias);
  if (!grid) return limited(writer, sum, parameters['limits'][0], parameters['limits'][1]);
  return quantised(writer, limitedToCodes(writer, sum, grid, outputScale), outputScale, grid[0]);
}

/** In int32 steps of the sums where a runtime can compute the layer in integers, else as it is. */
function biasOf(writer: ModelWriter, offset: Float32Array, step: Float32Array, inIntegers: boolean): string {
  const steps = Array.from(offset, (b, k) => Math.round(b / step[k]));
  if (!inIntegers || steps.some((s) => Math.abs(s) > INT32_HIGH / 2)) return writer.constant('bias', 'float32', [offset.length], offset);
  const stored = writer.constant('bias', 'int32', [offset.length], steps);
  return writer.helper('DequantizeLinear', [stored, writer.constant('bias-scale', 'float32', [offset.length], step)], { axis: 0 });
}

/** Layers whose weights and inputs have 8 bits and whose results are numbers: what accelerators compute in integers. */
export function isFusable(step: LayerStep): boolean {
  const has = (name: string): boolean => step.parameters.some((slot) => slot.name === name);
  return codeType(step, has('levels')) === 'int8' && !has('levels') && has('inputGrid') && !has('thresholds');
}

/** Nodes of a layer with what is fused behind it; gives the name of the stored value. */
export function emitLayer({ writer, form }: Emission, step: LayerStep, operands: Operands): string {
  const parts: LayerParts = { ...operands, step, image: isImage(operands.inputs[0].buffer.shape) };
  if (isFloatLayer(step)) return floatLayer(writer, parts);
  return form === 'qdq' && isFusable(step) ? qdqLayer(writer, parts) : exactLayer(writer, parts);
}
