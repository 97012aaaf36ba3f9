import { StudioError } from '../../base/errors.ts';
import type { Shape, SpatialWindow } from '../../graph/graph.ts';
import type { LayerGeometry } from '../../kernels/kernel.ts';
import type { AttributeValue } from './messages.ts';
import type { ModelWriter } from './model-writer.ts';

/** The file has images channels first (NCHW), the studio channels last (NHWC); values of other ranks are the same in both. */
const CHANNELS_FIRST = [0, 3, 1, 2] as const;
const CHANNELS_LAST = [0, 2, 3, 1] as const;

export const BATCH = 'batch';

export function onnxShape(shape: Shape): readonly (number | string)[] {
  const own = shape.length === 4 ? CHANNELS_FIRST.map((axis) => shape[axis]) : shape;
  return [BATCH, ...own.slice(1)];
}

/** Where an axis of the studio's value lies in the file's. */
export function onnxAxis(shape: Shape, axis: number): number {
  return shape.length === 4 ? (CHANNELS_FIRST as readonly number[]).indexOf(axis) : axis;
}

/** One entry per axis, in the file's order. */
export function inOnnxOrder<T>(values: readonly T[]): readonly T[] {
  return values.length === 4 ? CHANNELS_FIRST.map((axis) => values[axis]) : values;
}

/** Shape of a constant with one number a channel, which stretches over a value of this shape. */
export function channelShape(shape: Shape): readonly number[] {
  const channels = shape[shape.length - 1];
  return shape.length === 4 ? [1, channels, 1, 1] : [channels];
}

/** Both orders lie in memory alike. */
function isFlat(shape: Shape): boolean {
  return shape.length !== 4 || shape[3] === 1 || shape[1] * shape[2] === 1;
}

/** Reshapes as the studio does, in whose order the channels of a pixel lie side by side. */
export function reshaped(writer: ModelWriter, value: string, from: Shape, to: Shape): string {
  if (from[0] !== 1 || to[0] !== 1) throw new StudioError('A value without a batch dimension has no place in an ONNX file of images.');
  const target = (shape: Shape): string => writer.constant('shape', 'int64', [shape.length], [-1, ...shape.slice(1)]);
  const last = isFlat(from) ? value : writer.helper('Transpose', [value], { perm: [...CHANNELS_LAST] });
  if (isFlat(to)) return writer.main('Reshape', [last, target(inOnnxOrder(to))]);
  return writer.helper('Transpose', [writer.main('Reshape', [last, target(to)])], { perm: [...CHANNELS_FIRST] });
}

/** A transposition of the studio's axes as one of the file's. */
export function onnxPermutation(permutation: readonly number[]): readonly number[] {
  if (permutation.length !== 4) return permutation;
  return CHANNELS_FIRST.map((axis) => (CHANNELS_FIRST as readonly number[]).indexOf(permutation[axis]));
}

/** ONNX floors the number of windows, so padding behind is what the last window reaches beyond the input. */
export function windowAttributes(window: SpatialWindow, kernel: readonly [number, number], from: readonly [number, number], to: readonly [number, number]): Record<string, AttributeValue> {
  const behind = (axis: 0 | 1, stride: number, before: number): number => Math.max(0, (to[axis] - 1) * stride + kernel[axis] - from[axis] - before);
  return {
    strides: [window.strideY, window.strideX],
    pads: [window.padTop, window.padLeft, behind(0, window.strideY, window.padTop), behind(1, window.strideX, window.padLeft)],
  };
}

export function convolutionAttributes(geometry: LayerGeometry): Record<string, AttributeValue> {
  const { kernelHeight, kernelWidth, dilationY, dilationX, inputHeight, inputWidth, outputHeight, outputWidth } = geometry;
  const reach = [(kernelHeight - 1) * dilationY + 1, (kernelWidth - 1) * dilationX + 1] as const;
  return {
    ...windowAttributes(geometry, reach, [inputHeight, inputWidth], [outputHeight, outputWidth]),
    kernel_shape: [kernelHeight, kernelWidth],
    dilations: [dilationY, dilationX],
    group: geometry.op === 'depthwise-conv2d' ? geometry.inputChannels : 1,
  };
}

/** Dims and numbers of a layer's weights as ONNX has them: [cout, cin or 1, kh, kw] for images, [cin, cout] for rows. */
export function onnxWeights<T extends Float32Array | Int8Array>(values: T, geometry: LayerGeometry, isImage: boolean): { readonly dims: readonly number[]; readonly values: T } {
  const { kernelHeight, kernelWidth, outputChannels } = geometry;
  const taps = kernelHeight * kernelWidth;
  const inputs = values.length / taps / outputChannels;
  if (!isImage) return { dims: [values.length / outputChannels, outputChannels], values };
  const turned = values.slice() as T;
  for (let i = 0; i < values.length; i++) {
    const output = i % outputChannels;
    const input = Math.floor(i / outputChannels) % inputs;
    const tap = Math.floor(i / outputChannels / inputs);
    turned[(output * inputs + input) * taps + tap] = values[i];
  }
  return { dims: [outputChannels, inputs, kernelHeight, kernelWidth], values: turned };
}
