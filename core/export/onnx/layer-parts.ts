import { withLevels } from '../../quant/two-levels.ts';
import type { LayerStep, StepParameters } from '../../runtime/program.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { Operands } from './emission.ts';
import { convolutionAttributes } from './layout.ts';
import type { AttributeValue, ElementType } from './messages.ts';
import type { ModelWriter } from './model-writer.ts';

/** The smallest element type that holds a scheme's codes. Two levels a channel are codes of their own. */
export function codeType(step: LayerStep, hasLevels: boolean): ElementType {
  const { largestCode } = SCHEMES[step.scheme];
  if (hasLevels || largestCode > 7) return 'int8';
  return largestCode > 1 ? 'int4' : 'int2';
}

export interface LayerParts extends Operands {
  readonly step: LayerStep;
  readonly image: boolean;
}

export function convolutionOf(parts: LayerParts): Record<string, AttributeValue> {
  return parts.image ? convolutionAttributes(parts.step.geometry) : {};
}

export function codesOf({ parameters }: LayerParts): Int8Array {
  return codesIn(parameters);
}

/** Codes of a quantised layer, its two levels a channel put in. */
export function codesIn(parameters: StepParameters): Int8Array {
  const stored = parameters['codes'] as Int8Array;
  const levels = parameters['levels'] as Int32Array | undefined;
  return levels ? withLevels(stored, levels) : stored;
}

/** Convolution or product of real numbers, with a bias or without. */
export function realSum(writer: ModelWriter, parts: LayerParts, value: string, weight: string, bias: string | null): string {
  const behind = bias === null ? [] : [bias];
  if (parts.image) return writer.main('Conv', [value, weight, ...behind], convolutionOf(parts));
  if (parts.inputs[0].buffer.shape.length === 2 && bias !== null) return writer.main('Gemm', [value, weight, bias]);
  const product = writer.main('MatMul', [value, weight]);
  return bias === null ? product : writer.helper('Add', [product, bias]);
}

/** Signs with a border that counts as −1 or +1; zeros are what convolutions put there themselves. */
export function signSum(writer: ModelWriter, parts: LayerParts, weight: string): string {
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
export function isExactInReal(codes: Int8Array, channels: number): boolean {
  const sums = new Float64Array(channels);
  for (let i = 0; i < codes.length; i++) sums[i % channels] += Math.abs(codes[i]);
  return sums.every((sum) => sum * LARGEST_INPUT < LARGEST_EXACT);
}
