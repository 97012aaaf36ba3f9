import type { KernelCall, StageKernels, StageName } from '../kernel.ts';

/** Every stage as a call that may be divided: by pixels where channels matter, else by elements. */
export const STAGE_CALLS: { readonly [N in StageName]: (...args: Parameters<StageKernels[N]>) => KernelCall } = {
  affine: (acc, m, b, output, pixels, channels, low, high) => ({ export: 'affine', args: [acc, m, b, output, channels, low, high], items: pixels }),
  requantise: (acc, m, b, output, pixels, channels, zeroPoint, low, high) => ({
    export: 'requantise',
    args: [acc, m, b, output, channels, zeroPoint, low, high],
    items: pixels,
  }),
  clip: (input, output, count, low, high) => ({ export: 'clip', args: [input, output, low, high], items: count }),
  threshold: (acc, thresholds, output, pixels, channels) => ({ export: 'threshold', args: [acc, thresholds, output, channels], items: pixels }),
  quantise: (input, output, count, inverseScale, zeroPoint) => ({ export: 'quantise', args: [input, output, inverseScale, zeroPoint], items: count }),
  dequantise: (input, output, count, scale, zeroPoint) => ({ export: 'dequantise', args: [input, output, scale, zeroPoint], items: count }),
  maxPoolSigns: (input, output, height, width, channels, outputHeight, outputWidth, sizeY, sizeX, strideY, strideX, padTop, padLeft) => ({
    export: 'maxPoolSigns',
    args: [input, output, height, width, channels, outputWidth, sizeY, sizeX, strideY, strideX, padTop, padLeft],
    items: outputHeight * outputWidth,
  }),
  signPackFloat: (input, thresholds, output, pixels, channels) => ({
    export: 'signPackFloat',
    args: [input, thresholds, output, channels],
    items: pixels,
  }),
  signPackInt8: (input, thresholds, output, pixels, channels) => ({
    export: 'signPackInt8',
    args: [input, thresholds, output, channels],
    items: pixels,
  }),
};

export function createStagesSimd(bind: (call: KernelCall) => () => void): StageKernels {
  const stage =
    <N extends StageName>(name: N) =>
    (...args: Parameters<StageKernels[N]>): void =>
      bind((STAGE_CALLS[name] as (...numbers: Parameters<StageKernels[N]>) => KernelCall)(...args))();
  return {
    variant: 'wasm',
    affine: stage('affine'),
    requantise: stage('requantise'),
    clip: stage('clip'),
    threshold: stage('threshold'),
    quantise: stage('quantise'),
    dequantise: stage('dequantise'),
    maxPoolSigns: stage('maxPoolSigns'),
    signPackFloat: stage('signPackFloat'),
    signPackInt8: stage('signPackInt8'),
  };
}
