import type { ConvolutionAttributes } from '../graph/graph.ts';
import type { KernelProgram } from './program.ts';

/**
 * The contract of every layer kernel. Reference and fast kernels satisfy the same sentences and pass the same tests.
 *
 * Layouts: activations NHWC without batch, one sample. Weights [kh, kw, cin, cout] (dense: [cin, cout], geometry 1×1;
 * depthwise: [kh, kw, c, multiplier], output channel c·multiplier + m). A padded position contributes nothing to float32 and
 * integer sums. A packed sign vector is ⌈channels / 64⌉ little-endian 64-bit words a pixel, channel i in bit i mod 64 of
 * word ⌊i / 64⌋, bit 1 = +1, unused bits 0.
 */
export interface LayerGeometry extends ConvolutionAttributes {
  readonly op: 'conv2d' | 'depthwise-conv2d' | 'dense';
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly inputChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
}

export type Arithmetic = 'float32' | 'integer' | 'xnor';

/** What a padded tap of a one-bit convolution is: not counted, −1 or +1. */
export type SignPadding = 'zero' | 'minus' | 'plus';

/** y = Σ x·w + bias, float32; the order of summation is the kernel's own. */
export interface Float32Layer {
  readonly arithmetic: 'float32';
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** acc = Σ (q − zeroPoint)·code, exact int32. Codes −127..127 (int8, int4, ternary and binary layers alike). */
export interface IntegerLayer {
  readonly arithmetic: 'integer';
  readonly codes: Int8Array;
  readonly zeroPoint: number;
}

/** acc = Σ over counted taps of (±1)·(±1), exact int32. Codes are −1 or +1. */
export interface XnorLayer {
  readonly arithmetic: 'xnor';
  readonly codes: Int8Array;
  readonly padding: SignPadding;
}
export type LayerParameters = Float32Layer | IntegerLayer | XnorLayer;

/** Memory that a kernel can address. The reference uses plain buffers, WebAssembly kernels its linear memory. */
export interface KernelMemory {
  /** Zeroed, 16-byte aligned, never freed before the whole memory is. */
  allocate(bytes: number): number;
  /**
   * 16-byte aligned memory for the work of one step: whatever lies there before and after is not to be relied on, because other
   * steps may use the same. What must last from run to run (weights, the border of a padded image) is allocated.
   */
  scratch(bytes: number): number;
  /** Replaced when `allocate` grows: offsets stay, views made before do not. Allocate everything, then create views. */
  readonly buffer: ArrayBufferLike;
}

/**
 * How a layer's sums become what is stored. Per-channel arrays have one entry an output channel; rounding as in StageKernels.
 * sums: the sums themselves, float32 or int32. clip (float32 layers): min(max(y, low), high). The others (integer, xnor):
 * the stage of that name.
 */
export type Finish =
  | { readonly kind: 'sums' }
  | { readonly kind: 'clip'; readonly low: number; readonly high: number }
  | { readonly kind: 'affine'; readonly multiplier: Float32Array; readonly offset: Float32Array; readonly low: number; readonly high: number }
  | { readonly kind: 'requantise'; readonly multiplier: Float32Array; readonly offset: Float32Array; readonly zeroPoint: number; readonly low: number; readonly high: number }
  | { readonly kind: 'threshold'; readonly thresholds: Int32Array };

/** A layer at its place. Offsets are bytes in the memory; input f32, i8 or packed signs, output as `finish` says. */
export interface LayerJob {
  readonly geometry: LayerGeometry;
  readonly parameters: LayerParameters;
  readonly finish: Finish;
  readonly input: number;
  readonly output: number;
}

/**
 * One call of a compiled kernel, as plain data, so that every thread can make it. With `items` the export takes (...args, from,
 * to) and computes the work items from..to, which may be divided among threads; without, one thread makes the call.
 */
export interface KernelCall {
  readonly export: keyof KernelProgram;
  readonly args: readonly number[];
  readonly items?: number;
  /** Parts begin at multiples of it: the tile, where what stands in a tile decides the order of float32 sums. Default 1. */
  readonly grain?: number;
  /** The export takes, behind `to`, the address of SCRATCH_BYTES that its thread has to itself for the call. */
  readonly scratch?: true;
}

export const SCRATCH_BYTES = 65536;

/** What a step does, in order. A function is TypeScript and runs on the first thread alone. */
export type Work = KernelCall | (() => void);

/** A kernel computes channels in whole tiles: counts are rounded up to these, and the surplus is thrown away. */
export interface ChannelTile {
  readonly inputChannels: number;
  readonly outputChannels: number;
}

/** A layer made ready: weights packed in the kernel's own layout, scratch allocated. Its work allocates nothing. */
export interface PreparedLayer {
  /** Shown to the user, e.g. "xnor conv, table lookup, 2 pixels × 64 channels, wasm". */
  readonly description: string;
  readonly work: readonly Work[];
  /** Absent: not known. */
  readonly tile?: ChannelTile;
}

export interface LayerKernel {
  readonly id: string;
  readonly arithmetic: Arithmetic;
  readonly variant: 'reference' | 'wasm';
  /** The build without which it is no use: other engines do not have it. */
  readonly needs?: 'relaxed';
  /** False: computes `sums` only, and `prepareLayer` adds the stage that finishes them. */
  readonly fuses: boolean;
  /** Whether it computes such a layer; a kernel for few different codes looks at the weights. */
  supports(geometry: LayerGeometry, parameters: LayerParameters): boolean;
  /** False where a kernel further down the table was measured to be faster. Absent: true. */
  pays?(geometry: LayerGeometry): boolean;
  prepare(job: LayerJob, memory: KernelMemory): PreparedLayer;
}

/**
 * Element-wise stages, over byte offsets in the same memory. All are exact: every float step is rounded to float32. So is acc
 * before it is multiplied (which changes it only beyond 2^24), and so are scalar float arguments. A limit replaces only what lies
 * beyond it, so that −0 passes a limit of 0. NaN does not occur.
 */
export interface StageKernels {
  readonly variant: 'reference' | 'wasm';
  /** y = min(max(fround(fround(acc·m[c]) + b[c]), low), high), acc int32 → f32, [pixels, channels]. m, b: f32 [channels]. */
  affine(acc: number, m: number, b: number, output: number, pixels: number, channels: number, low: number, high: number): void;
  /** q = clamp(roundHalfEven(fround(fround(acc·m[c]) + b[c])) + zeroPoint, low, high), acc int32 → i8. */
  requantise(acc: number, m: number, b: number, output: number, pixels: number, channels: number, zeroPoint: number, low: number, high: number): void;
  /** y = min(max(x, low), high), f32 → f32; may be in place. */
  clip(input: number, output: number, count: number, low: number, high: number): void;
  /** bit = acc ≥ threshold[c] (int32), packed signs. */
  threshold(acc: number, thresholds: number, output: number, pixels: number, channels: number): void;
  /** q = clamp(roundHalfEven(fround(x·inverseScale)) + zeroPoint, −128, 127), f32 → i8. */
  quantise(input: number, output: number, count: number, inverseScale: number, zeroPoint: number): void;
  /** x = fround((q − zeroPoint)·scale), i8 → f32. */
  dequantise(input: number, output: number, count: number, scale: number, zeroPoint: number): void;
  /** Largest of each window of packed signs, their or; padding takes no part. */
  maxPoolSigns(
    input: number, output: number, inputHeight: number, inputWidth: number, channels: number, outputHeight: number, outputWidth: number,
    sizeY: number, sizeX: number, strideY: number, strideX: number, padTop: number, padLeft: number,
  ): void;
  /** bit = x ≥ threshold[c] (f32), packed signs. */
  signPackFloat(input: number, thresholds: number, output: number, pixels: number, channels: number): void;
  /** bit = q ≥ threshold[c] (int32), packed signs. */
  signPackInt8(input: number, thresholds: number, output: number, pixels: number, channels: number): void;
}

export type StageName = Exclude<keyof StageKernels, 'variant'>;

export function signWords(channels: number): number {
  return Math.ceil(channels / 64);
}

/** Bytes of one packed pixel. */
export function signBytes(channels: number): number {
  return signWords(channels) * 8;
}
