import { isFloatLayer, type LayerStep } from '../../runtime/program.ts';
import { dequantised, isImage, limited, limitedToCodes, quantised, signsOf, type Emission, type Operands } from './emission.ts';
import { codesOf, codeType, convolutionOf, isExactInReal, realSum, signSum, type LayerParts } from './layer-parts.ts';
import { channelShape, onnxWeights } from './layout.ts';
import { elementTypeNumber } from './messages.ts';
import type { ModelWriter } from './model-writer.ts';
import { qonnxLayer } from './qonnx.ts';

function floatLayer(writer: ModelWriter, parts: LayerParts): string {
  const { step, image, inputs, parameters } = parts;
  const { dims, values } = onnxWeights(parameters['kernel'] as Float32Array, step.geometry, image);
  const weight = writer.constant('weight', 'float32', dims, values);
  const bias = writer.constant('bias', 'float32', [step.geometry.outputChannels], parameters['bias']);
  const sum = realSum(writer, parts, inputs[0].name, weight, bias);
  return limited(writer, sum, parameters['limits'][0], parameters['limits'][1]);
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
  if (form === 'qonnx') return qonnxLayer(writer, parts);
  return form === 'qdq' && isFusable(step) ? qdqLayer(writer, parts) : exactLayer(writer, parts);
}
