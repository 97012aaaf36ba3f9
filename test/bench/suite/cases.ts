import type { Arithmetic } from '../../../core/kernels/kernel.ts';

/** [height = width, input channels, output channels, kernel, stride] */
export type ShapeOfCase = readonly [size: number, inputs: number, outputs: number, kernel: number, stride: number];

/**
 * float32: the fastest kernel of the engine; float32-direct: without Winograd; tfjs, ort: other runtimes' float32;
 * one-thread: the same layer on one thread, ours on two.
 */
export type Peer = 'float32' | 'float32-direct' | 'tfjs' | 'ort' | 'one-thread';

/** How our layer is finished: packed signs, int8 or float32 as they would stand in a network. */
export type OursOf = { readonly arithmetic: Arithmetic; readonly weights: 'binary' | 'int8' | 'float32'; readonly finish: 'threshold' | 'requantise' | 'clip' };

export interface KernelCase {
  readonly title: string;
  readonly where: 'chromium' | 'node' | 'both';
  readonly ours: OursOf;
  readonly peer: Peer;
  readonly shapes: readonly ShapeOfCase[];
  /** Ratios of speed, peer's time to ours: what must be reached and what to aim for. */
  readonly required: number;
  readonly aim: number;
}

const XNOR: OursOf = { arithmetic: 'xnor', weights: 'binary', finish: 'threshold' };
const BINARY: OursOf = { arithmetic: 'integer', weights: 'binary', finish: 'requantise' };
const INT8: OursOf = { arithmetic: 'integer', weights: 'int8', finish: 'requantise' };
const FLOAT32: OursOf = { arithmetic: 'float32', weights: 'float32', finish: 'clip' };

const WIDE: readonly ShapeOfCase[] = [[56, 64, 64, 3, 1], [28, 128, 128, 3, 1], [14, 256, 256, 3, 1], [7, 512, 512, 3, 1]];
const SMALL: readonly ShapeOfCase[] = [[32, 16, 16, 3, 1], [16, 32, 32, 3, 1], [8, 64, 64, 3, 1]];

export const KERNEL_CASES: readonly KernelCase[] = [
  { title: 'XNOR 3×3, bits → bits, C ≥ 64', where: 'chromium', ours: XNOR, peer: 'tfjs', shapes: WIDE, required: 20, aim: 26 },
  { title: 'XNOR 3×3, bits → bits, C ≥ 64', where: 'chromium', ours: XNOR, peer: 'float32', shapes: WIDE, required: 6, aim: 8 },
  { title: 'XNOR 3×3, bits → bits, C ≥ 64', where: 'chromium', ours: XNOR, peer: 'ort', shapes: WIDE, required: 22, aim: 30 },
  { title: 'XNOR 3×3, small layers', where: 'chromium', ours: XNOR, peer: 'tfjs', shapes: SMALL, required: 12, aim: 18 },
  { title: 'XNOR 1×1; 3×3 stride 2', where: 'chromium', ours: XNOR, peer: 'tfjs', shapes: [[28, 128, 128, 1, 1], [56, 64, 128, 3, 2]], required: 10, aim: 16 },
  { title: 'XNOR dense, batch 1', where: 'chromium', ours: XNOR, peer: 'tfjs', shapes: [[1, 4096, 1024, 1, 1]], required: 17, aim: 23 },
  { title: 'XNOR 3×3, bits → bits, C ≥ 64', where: 'node', ours: XNOR, peer: 'tfjs', shapes: WIDE, required: 11, aim: 14 },
  { title: 'binary weights, 8-bit activations', where: 'chromium', ours: BINARY, peer: 'float32-direct', shapes: [[28, 128, 128, 3, 1]], required: 4, aim: 5 },
  { title: 'int8', where: 'chromium', ours: INT8, peer: 'float32-direct', shapes: [[28, 128, 128, 3, 1]], required: 1.6, aim: 2.1 },
  { title: 'two threads, XNOR 3×3', where: 'both', ours: XNOR, peer: 'one-thread', shapes: WIDE, required: 1.75, aim: 1.95 },
  { title: 'two threads, float32 3×3', where: 'both', ours: FLOAT32, peer: 'one-thread', shapes: WIDE, required: 1.75, aim: 1.95 },
  { title: 'float32 3×3', where: 'both', ours: FLOAT32, peer: 'tfjs', shapes: WIDE, required: 2, aim: 3 },
];

export interface NetworkCase {
  readonly title: string;
  readonly network: string;
  readonly plan: 'xnor' | 'int8';
  readonly required: number;
  readonly aim: number;
}

export const NETWORK_CASES: readonly NetworkCase[] = [
  { title: 'ResNet-8, all but first, last and 1×1 xnor', network: 'ResNet-8', plan: 'xnor', required: 6, aim: 10 },
  { title: 'VGG-small, all but first and last xnor', network: 'VGG-small', plan: 'xnor', required: 12, aim: 20 },
  { title: 'ResNet-8 int8', network: 'ResNet-8', plan: 'int8', required: 1.5, aim: 2.5 },
  { title: 'MobileNetV1-0.25 int8', network: 'MobileNetV1-0.25', plan: 'int8', required: 1.5, aim: 2.5 },
];
