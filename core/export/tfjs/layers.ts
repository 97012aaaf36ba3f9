import { StudioError } from '../../base/errors.ts';
import { withLevels } from '../../quant/two-levels.ts';
import { isFloatLayer, type LayerStep } from '../../runtime/program.ts';
import { convolved, limited, bordered, quantised, reshaped, signsOf, type Operands, type Window } from './emission.ts';
import { flag, FLOAT, type GraphWriter } from './graph-writer.ts';
import { packCodes, packedCount, packingOf } from './pack-codes.ts';

function kernelShape({ geometry }: LayerStep, count: number): readonly number[] {
  const { op, kernelHeight, kernelWidth, inputChannels, outputChannels } = geometry;
  if (op === 'dense') return [count / outputChannels, outputChannels];
  return [kernelHeight, kernelWidth, inputChannels, op === 'depthwise-conv2d' ? outputChannels / inputChannels : outputChannels];
}

/** The codes as they lie in the file, and the nodes that take the digits of each byte apart. */
function codesNode(writer: GraphWriter, step: LayerStep, codes: Int8Array): string {
  const shape = kernelShape(step, codes.length);
  const packing = packingOf(codes);
  const { base, perByte, offset } = packing;
  if (perByte === 1) return writer.wholeNumbers('codes', shape, codes, offset);
  const count = packedCount(codes.length, packing);
  const bytes = writer.wholeNumbers('codes', [1, count], packCodes(codes, packing), 0);
  // Half a step above a whole number, so that a runtime's own way to divide cannot reach the next.
  const raised = writer.node('AddV2', [bytes, writer.scalar(0.5)]);
  const part = (power: number): string => {
    const shares = Array.from({ length: perByte }, (_, digit) => base ** -(digit + power));
    return writer.node('Floor', [writer.node('Mul', [raised, writer.float32(`share${power}`, [perByte, 1], shares)])]);
  };
  const higher = writer.node('Mul', [part(1), writer.scalar(base)]);
  const digits = writer.node('Sub', [part(0), higher]);
  const stepped = packing.step === 1 ? digits : writer.node('Mul', [digits, writer.scalar(packing.step)]);
  const all = reshaped(writer, writer.node('AddV2', [stepped, writer.scalar(offset)]), [count * perByte]);
  if (count * perByte === codes.length) return reshaped(writer, all, shape);
  const own = writer.node('Slice', [all, writer.int32('begin', [0]), writer.int32('size', [codes.length])], { T: FLOAT, Index: { type: 'DT_INT32' } });
  return reshaped(writer, own, shape);
}

/** Codes −1, 0 and 1 that stand for −n, 0 and p of their channel. */
function levelledNode(writer: GraphWriter, step: LayerStep, codes: Int8Array, levels: Int32Array): string {
  const channels = levels.length;
  const shape = kernelShape(step, codes.length);
  const rows = (value: string): string => (shape.length === 4 && shape[3] !== channels ? reshaped(writer, value, [codes.length / channels, channels]) : value);
  const signs = rows(codesNode(writer, step, codes));
  const positive = writer.node('Relu', [signs]);
  const negative = writer.node('Sub', [positive, signs]);
  const upper = writer.node('Mul', [positive, writer.float32('positive', [channels], Array.from(levels, (pair) => pair % 256))]);
  const lower = writer.node('Mul', [negative, writer.float32('negative', [channels], Array.from(levels, (pair) => Math.floor(pair / 256)))]);
  return reshaped(writer, writer.node('Sub', [upper, lower]), shape);
}

const windowOf = ({ geometry: g }: LayerStep): Window => ({
  strides: [g.strideY, g.strideX],
  dilations: [g.dilationY, g.dilationX],
  padding: [g.padTop, g.padBottom, g.padLeft, g.padRight],
});

/** Products summed up; `window` may have no border left, where the value was given one. */
function sumsOf(writer: GraphWriter, step: LayerStep, value: string, weights: string, window = windowOf(step)): string {
  if (step.geometry.op === 'dense') return writer.node('MatMul', [value, weights], { T: FLOAT, transpose_a: flag(false), transpose_b: flag(false) });
  return convolved(writer, step.geometry.op === 'conv2d' ? 'Conv2D' : 'DepthwiseConv2dNative', value, weights, window);
}

function floatLayer(writer: GraphWriter, step: LayerStep, { inputs, parameters }: Operands): string {
  const kernel = parameters['kernel'] as Float32Array;
  const weights = writer.float32('kernel', kernelShape(step, kernel.length), kernel);
  const sum = sumsOf(writer, step, inputs[0].name, weights);
  const biased = writer.node('BiasAdd', [sum, writer.float32('bias', [parameters['bias'].length], parameters['bias'])]);
  return limited(writer, biased, parameters['limits'][0], parameters['limits'][1]);
}

/** Whole numbers up to here are real numbers of 32 bits. */
const LARGEST_EXACT = 2 ** 24;
/** |q − zero point| of 8 bits. */
const LARGEST_INPUT = 255;
/** An input is 16·h + l: neither part is larger than this. */
const LARGEST_PART = 16;

/** The largest sum of |codes| of any channel. */
function largestSum(codes: Int8Array, channels: number): number {
  const sums = new Float64Array(channels);
  for (let i = 0; i < codes.length; i++) sums[i % channels] += Math.abs(codes[i]);
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
}

/**
 * Sums of 8-bit numbers as the studio has them: the whole sum, rounded once to float32. Where float32 does not hold every partial sum,
 * inputs are 16·h + l, and both sums are whole: adding them is the one rounding.
 */
function int8Sums(writer: GraphWriter, step: LayerStep, weights: string, largest: number, { inputs, parameters }: Operands): string {
  const [zeroPoint] = parameters['inputGrid'];
  const centred = zeroPoint === 0 ? inputs[0].name : writer.node('Sub', [inputs[0].name, writer.scalar(zeroPoint)]);
  if (largest * LARGEST_INPUT < LARGEST_EXACT) return sumsOf(writer, step, centred, weights);
  if (largest * LARGEST_PART >= LARGEST_EXACT) {
    throw new StudioError(`${step.node} cannot be written for TensorFlow.js: its sums have more digits than two real numbers of 32 bits.`, { where: step.node, next: 'Choose fewer bits for this layer, or float32.' });
  }
  const high = writer.node('Floor', [writer.node('Mul', [centred, writer.scalar(1 / LARGEST_PART)])]);
  const low = writer.node('Sub', [centred, writer.node('Mul', [high, writer.scalar(LARGEST_PART)])]);
  const multiple = writer.node('Mul', [sumsOf(writer, step, high, weights), writer.scalar(LARGEST_PART)]);
  return writer.node('AddV2', [multiple, sumsOf(writer, step, low, weights)]);
}

function signSums(writer: GraphWriter, step: LayerStep, weights: string, [input]: Operands['inputs']): string {
  const window = windowOf(step);
  const border = step.options['padding'];
  if (border === 'zero' || window.padding.every((size) => size === 0)) return sumsOf(writer, step, input.name, weights);
  return sumsOf(writer, step, bordered(writer, input.name, window.padding, border === 'plus' ? 1 : -1), weights, { ...window, padding: [0, 0, 0, 0] });
}

/** Nodes of a layer with what is fused behind it; gives the name of the stored value. */
export function emitLayer(writer: GraphWriter, step: LayerStep, operands: Operands): string {
  if (isFloatLayer(step)) return floatLayer(writer, step, operands);
  const { inputs, parameters } = operands;
  const codes = parameters['codes'] as Int8Array;
  const levels = parameters['levels'] as Int32Array | undefined;
  const weights = levels ? levelledNode(writer, step, codes, levels) : codesNode(writer, step, codes);
  const largest = largestSum(levels ? withLevels(codes, levels) : codes, step.geometry.outputChannels);
  const sums = inputs[0].buffer.format === 'sign' ? signSums(writer, step, weights, inputs) : int8Sums(writer, step, weights, largest, operands);
  const thresholds = parameters['thresholds'] as Int32Array | undefined;
  // Half way between two sums, so that what a runtime's own way to convolve loses does not matter.
  if (thresholds) return signsOf(writer, sums, Float32Array.from(thresholds, (t) => t - 0.5));
  const perChannel = (slot: string): string => writer.float32(slot, [parameters[slot].length], parameters[slot]);
  const moved = writer.node('AddV2', [writer.node('Mul', [sums, perChannel('multiplier')]), perChannel('offset')]);
  const grid = parameters['outputGrid'];
  if (!grid) return limited(writer, moved, parameters['limits'][0], parameters['limits'][1]);
  return quantised(writer, moved, grid[0], grid[1], grid[2]);
}
