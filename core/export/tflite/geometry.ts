import type { SpatialWindow } from '../../graph/graph.ts';
import type { LayerGeometry } from '../../kernels/kernel.ts';
import { PADDINGS } from '../../tflite/schema.ts';

export const SAME = PADDINGS.indexOf('SAME');
export const VALID = PADDINGS.indexOf('VALID');

type Around = readonly [readonly [number, number], readonly [number, number]];

/** How a window's border is written: by the operator's own padding, or by an operator before it. */
export interface Border {
  readonly padding: number;
  /** Rows and columns that an operator puts around the value first: [before, after] of height and width; null: none. */
  readonly explicit: Around | null;
  /** All rows and columns around the value, whoever puts them there. */
  readonly around: Around;
}

const hasNone = (around: Around): boolean => around.flat().every((size) => size === 0);

/** The same border put there by an operator of its own, which may fill it with something else than zeros. */
export function explicitBorder({ around }: Border): Border {
  return { padding: VALID, explicit: hasNone(around) ? null : around, around };
}

export const isBordered = ({ around }: Border): boolean => !hasNone(around);

/** Windows of a convolution or pool: TensorFlow Lite knows SAME, whose odd pixel lies behind, and VALID. */
export function borderOf(window: SpatialWindow, reach: readonly [number, number], from: readonly [number, number], to: readonly [number, number]): Border {
  const strides = [window.strideY, window.strideX];
  const before = [window.padTop, window.padLeft];
  const along = (axis: 0 | 1) => [before[axis], Math.max(0, (to[axis] - 1) * strides[axis] + reach[axis] - from[axis] - before[axis])] as const;
  const around: Around = [along(0), along(1)];
  if (hasNone(around)) return { padding: VALID, explicit: null, around };
  const isSame = around.every(([first], axis) => {
    const total = Math.max(0, (to[axis] - 1) * strides[axis] + reach[axis] - from[axis]);
    return to[axis] === Math.ceil(from[axis] / strides[axis]) && first === Math.floor(total / 2);
  });
  return isSame ? { padding: SAME, explicit: null, around } : { padding: VALID, explicit: around, around };
}

export function layerBorder(geometry: LayerGeometry): Border {
  const { kernelHeight, kernelWidth, dilationY, dilationX, inputHeight, inputWidth, outputHeight, outputWidth } = geometry;
  const reach = [(kernelHeight - 1) * dilationY + 1, (kernelWidth - 1) * dilationX + 1] as const;
  return borderOf(geometry, reach, [inputHeight, inputWidth], [outputHeight, outputWidth]);
}

/** Shape and numbers of weights as the file has them: [cout, kh, kw, cin], of depthwise layers [1, kh, kw, channels]. */
export function filterOf<T extends Float32Array | Int8Array>(values: T, geometry: LayerGeometry): { readonly shape: readonly number[]; readonly values: T; readonly axis: number } {
  const { op, kernelHeight, kernelWidth, outputChannels } = geometry;
  if (op === 'depthwise-conv2d') return { shape: [1, kernelHeight, kernelWidth, outputChannels], values, axis: 3 };
  const fanIn = values.length / outputChannels;
  const turned = values.slice() as T;
  for (let i = 0; i < fanIn; i++) for (let k = 0; k < outputChannels; k++) turned[k * fanIn + i] = values[i * outputChannels + k];
  return { shape: [outputChannels, kernelHeight, kernelWidth, fanIn / kernelHeight / kernelWidth], values: turned, axis: 0 };
}
