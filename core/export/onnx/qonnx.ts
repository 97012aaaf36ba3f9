import { elementCount, type Shape } from '../../graph/graph.ts';
import { int8Addition } from '../../runtime/operators/int8.ts';
import { SCHEMES } from '../../schemes/index.ts';
import { isImage, limited, limitedToCodes, type Operands } from './emission.ts';
import { codesOf, realSum, signSum, type LayerParts } from './layer-parts.ts';
import { channelShape, onnxWeights } from './layout.ts';
import type { ModelWriter } from './model-writer.ts';

// Operators as github.com/fastmachinelearning/qonnx defines them: docs/qonnx-custom-ops (Apache-2.0).

export const QONNX_DOMAIN = 'qonnx.custom_op.general';

interface QuantForm {
  readonly bits: number;
  readonly zeroPoint: number;
  readonly signed: boolean;
  /** Without the lowest code, so that codes are symmetric. */
  readonly narrow: boolean;
}

/** (clip(round(x + zero point)) − zero point), in steps of 1: scales stand in Mul nodes of their own, where FINN brings them anyway. */
function quant(writer: ModelWriter, value: string, { bits, zeroPoint, signed, narrow }: QuantForm): string {
  const numbers = [1, zeroPoint, bits].map((number) => writer.scalar('float32', number));
  return writer.custom(QONNX_DOMAIN, 'Quant', [value, ...numbers], { signed: Number(signed), narrow: Number(narrow), rounding_mode: { text: 'ROUND' } });
}

/** +1 where the value is 0 or more, else −1. */
function bipolar(writer: ModelWriter, value: string): string {
  return writer.custom(QONNX_DOMAIN, 'BipolarQuant', [value, writer.scalar('float32', 1)], {});
}

/**
 * A result in steps of its grid, as distance from the zero point. What begins at real zero has the zero point −128, and is an unsigned
 * number without one. Elsewhere Quant rounds after its zero point is added and the studio before, which differs where that addition
 * rounds, so that sums are rounded first; means of few numbers are not touched by it, and the studio rounds them as Quant does.
 */
export function qonnxQuantised(writer: ModelWriter, value: string, grid: readonly [number, number, number], kind: 'sum' | 'mean'): string {
  const [zeroPoint, low, high] = grid;
  const kept = limitedToCodes(writer, value, [zeroPoint, low, high], 1);
  if (zeroPoint === -128) return quant(writer, kept, { bits: 8, zeroPoint: 0, signed: false, narrow: false });
  const whole = zeroPoint === 0 || kind === 'mean' ? kept : writer.helper('Round', [kept]);
  return quant(writer, whole, { bits: 8, zeroPoint, signed: true, narrow: false });
}

function signs(writer: ModelWriter, value: string, thresholds: ArrayLike<number>, dims: readonly number[]): string {
  return bipolar(writer, writer.helper('Sub', [value, writer.constant('threshold', 'float32', dims, thresholds)]));
}

/** Signs of a stored value; thresholds are codes where it has codes, and repeat where an image was flattened. */
export function qonnxSignPack(writer: ModelWriter, { name, buffer, zeroPoint }: Operands['inputs'][number], thresholds: Float32Array | Int32Array): string {
  const { shape } = buffer;
  const channels = shape[shape.length - 1];
  const own = Float32Array.from(thresholds, (threshold) => threshold - zeroPoint);
  if (own.length === channels || isImage(shape)) return signs(writer, name, Float32Array.from({ length: channels }, (_, c) => own[c % own.length]), channelShape(shape));
  const reshape = (value: string, to: Shape): string => writer.helper('Reshape', [value, writer.constant('shape', 'int64', [to.length], to)]);
  return reshape(signs(writer, reshape(name, [-1, elementCount(shape) / own.length, own.length]), own, [own.length]), [-1, ...shape.slice(1)]);
}

/** Weights as real numbers behind the quantiser that gives them back: one bit where all are signs, else the bits of the scheme. */
function weightsOf(writer: ModelWriter, parts: LayerParts): string {
  const codes = codesOf(parts);
  const { dims, values } = onnxWeights(codes, parts.step.geometry, parts.image);
  const real = writer.constant('weight', 'float32', dims, values);
  if (codes.every((code) => Math.abs(code) === 1)) return bipolar(writer, real);
  const largest = 'levels' in parts.parameters ? 127 : SCHEMES[parts.step.scheme].largestCode;
  const narrow = !codes.includes(-128);
  return quant(writer, real, { bits: Math.ceil(Math.log2(largest + 1)) + 1, zeroPoint: 0, signed: true, narrow });
}

/** A layer whose weights and input are quantised, channels first. */
export function qonnxLayer(writer: ModelWriter, parts: LayerParts): string {
  const { inputs, output, parameters } = parts;
  const weights = weightsOf(writer, parts);
  const sums = inputs[0].buffer.format === 'sign' ? signSum(writer, parts, weights) : realSum(writer, parts, inputs[0].name, weights, null);
  const dims = channelShape(output.buffer.shape);
  const thresholds = parameters['thresholds'];
  if (thresholds) return signs(writer, sums, Float32Array.from(thresholds, (threshold) => threshold - 0.5), dims);
  const scaled = writer.helper('Mul', [sums, writer.constant('multiplier', 'float32', dims, parameters['multiplier'])]);
  const moved = writer.helper('Add', [scaled, writer.constant('offset', 'float32', dims, parameters['offset'])]);
  const grid = parameters['outputGrid'];
  if (!grid) return limited(writer, moved, parameters['limits'][0], parameters['limits'][1]);
  return qonnxQuantised(writer, moved, [grid[0], grid[1], grid[2]], 'sum');
}

/** Both operands in steps of the result. */
export function qonnxAdd(writer: ModelWriter, { inputs, parameters }: Operands): string {
  const { ratioA, ratioB, zeroPoint, low, high } = int8Addition(parameters);
  const [a, b] = [ratioA, ratioB].map((ratio, i) => writer.helper('Mul', [inputs[i].name, writer.scalar('float32', ratio)]));
  return qonnxQuantised(writer, writer.main('Add', [a, b]), [zeroPoint, low, high], 'sum');
}
