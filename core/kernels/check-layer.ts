import { StudioError } from '../base/errors.ts';
import type { Arithmetic, LayerGeometry, LayerParameters } from './kernel.ts';

/** Numbers of one weight array: every input channel to every output channel, but each to its own when depthwise. */
export function weightCount(geometry: LayerGeometry): number {
  const taps = geometry.kernelHeight * geometry.kernelWidth;
  return taps * (geometry.op === 'depthwise-conv2d' ? 1 : geometry.inputChannels) * geometry.outputChannels;
}

/** Narrows the parameters to the kernel's arithmetic and refuses arrays that do not fit the geometry. */
export function checkLayer<A extends Arithmetic>(
  geometry: LayerGeometry,
  parameters: LayerParameters,
  arithmetic: A,
): Extract<LayerParameters, { arithmetic: A }> {
  if (parameters.arithmetic !== arithmetic) {
    throw new StudioError(`A kernel for ${arithmetic} layers was given ${parameters.arithmetic} weights.`);
  }
  const expected = weightCount(geometry);
  const weights = parameters.arithmetic === 'float32' ? parameters.kernel : parameters.codes;
  if (weights.length !== expected) {
    throw new StudioError(`The ${geometry.op} layer needs ${expected} weights but has ${weights.length}.`);
  }
  if (parameters.arithmetic === 'float32' && parameters.bias.length !== geometry.outputChannels) {
    throw new StudioError(`The ${geometry.op} layer needs ${geometry.outputChannels} biases but has ${parameters.bias.length}.`);
  }
  return parameters as Extract<LayerParameters, { arithmetic: A }>;
}

/** Output channels to each input channel of a depthwise layer. */
export function channelMultiplier(geometry: LayerGeometry): number {
  return geometry.outputChannels / geometry.inputChannels;
}
