import * as tf from '@tensorflow/tfjs-core';
import { chooseConvolution } from '../kernels/convolution/choose.ts';
import type { ConvolutionPassName, ConvolutionShape } from '../kernels/convolution/shape.ts';
import { trainingKernels } from './active-kernels.ts';
import { convolutionFilterGradientKernel } from './conv-filter-gradient.ts';
import { convolutionInputGradientKernel } from './conv-input-gradient.ts';

type Shape4D = [number, number, number, number];

interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly inputShape: Shape4D;
  readonly filterShape: Shape4D;
  readonly activation?: string;
}

/** Null: not for these kernels. */
function shapeOf(inputShape: readonly number[], filterShape: readonly number[], attributes: ConvolutionAttributes): ConvolutionShape | null {
  const { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } = attributes;
  if (dataFormat !== 'NHWC') return null;
  const info = tf.backend_util.computeConv2DInfo(inputShape as Shape4D, filterShape as Shape4D, strides, dilations, pad, dimRoundingMode);
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1 || info.outHeight < 1 || info.outWidth < 1 || info.batchSize < 1) return null;
  return {
    batch: info.batchSize,
    height: info.inHeight,
    width: info.inWidth,
    channels: info.inChannels,
    filterHeight: info.filterHeight,
    filterWidth: info.filterWidth,
    strideY: info.strideHeight,
    strideX: info.strideWidth,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
    outputHeight: info.outHeight,
    outputWidth: info.outWidth,
    outputChannels: info.outChannels,
  };
}

type Inputs = Readonly<Record<string, tf.TensorInfo>>;

/** What a kernel of tfjs reads and fills, seen as a pass of a convolution. */
interface Pass {
  readonly name: ConvolutionPassName;
  readonly inputs: (inputs: Inputs) => readonly [tf.TensorInfo, tf.TensorInfo];
  readonly shapes: (first: tf.TensorInfo, second: tf.TensorInfo, attributes: ConvolutionAttributes) => readonly [readonly number[], readonly number[]];
  readonly result: (s: ConvolutionShape) => readonly number[];
}

const imagesOf = (s: ConvolutionShape): readonly number[] => [s.batch, s.height, s.width, s.channels];
const outputsOf = (s: ConvolutionShape): readonly number[] => [s.batch, s.outputHeight, s.outputWidth, s.outputChannels];

const FORWARD: Pass = {
  name: 'forward',
  inputs: ({ x, filter }) => [x, filter],
  shapes: (x, filter) => [x.shape, filter.shape],
  result: outputsOf,
};
const INPUT_GRADIENT: Pass = {
  name: 'inputGradient',
  inputs: ({ dy, filter }) => [dy, filter],
  shapes: (_, filter, { inputShape }) => [inputShape, filter.shape],
  result: imagesOf,
};
const FILTER_GRADIENT: Pass = {
  name: 'filterGradient',
  inputs: ({ x, dy }) => [x, dy],
  shapes: (x, _, { filterShape }) => [x.shape, filterShape],
  result: (s) => [s.filterHeight, s.filterWidth, s.channels, s.outputChannels],
};

/** The pass in compiled kernels where they cover it, else `plain`. */
function passKernel(plain: tf.KernelConfig, pass: Pass, isPlain: (inputs: Inputs, attributes: ConvolutionAttributes) => boolean = () => false): tf.KernelConfig {
  return {
    ...plain,
    kernelFunc: (call) => {
      const attributes = call.attrs as unknown as ConvolutionAttributes;
      const inputs = call.inputs as Inputs;
      const [first, second] = pass.inputs(inputs);
      const kernels = trainingKernels();
      const isCovered = kernels !== null && first.dtype === 'float32' && second.dtype === 'float32' && !isPlain(inputs, attributes);
      const shape = isCovered ? shapeOf(...pass.shapes(first, second, attributes), attributes) : null;
      if (!kernels || !shape) return plain.kernelFunc(call);
      const result = kernels.output(pass.result(shape));
      chooseConvolution(shape, pass.name).run(kernels, shape, kernels.addressOf(first), kernels.addressOf(second), kernels.addressOf(result));
      return result;
    },
  };
}

/** tfjs' convolutions on the kernels of training. `kernelOf`: the backend's own kernel, for dilation and the like. */
export function convolutionKernels(kernelOf: (name: string) => tf.KernelConfig | undefined): tf.KernelConfig[] {
  const forward = kernelOf(tf.Conv2D);
  const fused = kernelOf(tf.FusedConv2D);
  return [
    ...(forward ? [passKernel(forward, FORWARD)] : []),
    ...(fused
      ? [passKernel(fused, FORWARD, ({ bias, preluActivationWeights }, { activation }) => Boolean(bias) || Boolean(preluActivationWeights) || (activation ?? 'linear') !== 'linear')]
      : []),
    passKernel(convolutionInputGradientKernel, INPUT_GRADIENT),
    passKernel(convolutionFilterGradientKernel, FILTER_GRADIENT),
  ];
}
