import type { KernelCall, StageKernels, StageName } from '../kernel.ts';

/** Values that are worth another thread: fewer take less time than waking it. */
const PART_VALUES = 4096;

/** Items of a part. */
export function grainFor(valuesPerItem: number): number {
  return Math.max(1, Math.ceil(PART_VALUES / valuesPerItem));
}

const pixelCall = (name: StageName, args: readonly number[], pixels: number, channels: number): KernelCall => ({
  export: name,
  args,
  items: pixels,
  grain: grainFor(channels),
});
const elementCall = (name: StageName, args: readonly number[], count: number): KernelCall => ({ export: name, args, items: count, grain: grainFor(1) });

/** Every stage as a call; most may be divided, by pixels where channels matter, else by elements. */
export const STAGE_CALLS: { readonly [N in StageName]: (...args: Parameters<StageKernels[N]>) => KernelCall } = {
  affine: (acc, m, b, output, pixels, channels, low, high) => pixelCall('affine', [acc, m, b, output, channels, low, high], pixels, channels),
  requantise: (acc, m, b, output, pixels, channels, zeroPoint, low, high) =>
    pixelCall('requantise', [acc, m, b, output, channels, zeroPoint, low, high], pixels, channels),
  clip: (input, output, count, low, high) => elementCall('clip', [input, output, low, high], count),
  threshold: (acc, thresholds, output, pixels, channels) => pixelCall('threshold', [acc, thresholds, output, channels], pixels, channels),
  quantise: (input, output, count, inverseScale, zeroPoint) => elementCall('quantise', [input, output, inverseScale, zeroPoint], count),
  dequantise: (input, output, count, scale, zeroPoint) => elementCall('dequantise', [input, output, scale, zeroPoint], count),
  maxPoolSigns: (input, output, height, width, channels, outputHeight, outputWidth, ...window) =>
    pixelCall('maxPoolSigns', [input, output, height, width, channels, outputWidth, ...window], outputHeight * outputWidth, channels),
  signPackFloat: (input, thresholds, output, pixels, channels) => pixelCall('signPackFloat', [input, thresholds, output, channels], pixels, channels),
  signPackInt8: (input, thresholds, output, pixels, channels) => pixelCall('signPackInt8', [input, thresholds, output, channels], pixels, channels),
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
