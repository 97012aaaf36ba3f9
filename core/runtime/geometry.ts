import type { Graph, LayerNode, Shape } from '../graph/graph.ts';
import type { LayerGeometry } from '../kernels/kernel.ts';

const POINT = {
  strideY: 1, strideX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, dilationY: 1, dilationX: 1,
} as const;

/** Height, width and channels of a value; everything that is not [1, h, w, c] counts as one pixel. */
export function pixelsOf(shape: Shape): { readonly height: number; readonly width: number; readonly channels: number } {
  const channels = shape[shape.length - 1];
  if (shape.length === 4) return { height: shape[1], width: shape[2], channels };
  const total = shape.reduce((product, size) => product * size, 1);
  return { height: 1, width: total / channels, channels };
}

export function geometryOf(graph: Graph, node: LayerNode, inputShape: Shape): LayerGeometry {
  const kernel = graph.weights[node.weights['kernel']].shape;
  const input = pixelsOf(inputShape);
  const output = pixelsOf(node.shape);
  const window = node.op === 'dense' ? POINT : node.attributes;
  return {
    op: node.op,
    strideY: window.strideY,
    strideX: window.strideX,
    padTop: window.padTop,
    padBottom: window.padBottom,
    padLeft: window.padLeft,
    padRight: window.padRight,
    dilationY: window.dilationY,
    dilationX: window.dilationX,
    inputHeight: input.height,
    inputWidth: input.width,
    inputChannels: input.channels,
    kernelHeight: node.op === 'dense' ? 1 : kernel[0],
    kernelWidth: node.op === 'dense' ? 1 : kernel[1],
    outputHeight: output.height,
    outputWidth: output.width,
    outputChannels: output.channels,
  };
}
