import type { SchemeId } from '../schemes/scheme.ts';
import { onnxLowers } from './onnx/lowers.ts';
import { tfliteLowers } from './tflite/lowers.ts';

/** What is said of a target before anything is written: the page knows this much, and workers the rest. */
export interface Target {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Of the main file. */
  readonly extension: string;
  /** Why the page cannot prove it and so does not write it, or null. */
  readonly elsewhere: string | null;
  /** What the target does not keep of the layers' precisions, for people who choose; absent: it keeps them all. */
  lowers?(schemes: readonly SchemeId[]): string | null;
}

/** Every export target, in the order the wizard shows them. */
export const TARGETS = {
  bitw: {
    id: 'bitw',
    name: 'Packed network (.bitw)',
    description: 'Bit-packed weights, thresholds and graph in one file, exactly as the studio runs them.',
    extension: 'bitw',
    elsewhere: null,
  },
  c99: {
    id: 'c99',
    name: 'C99 source (.c, .h)',
    description: 'One source and one header without allocation, weights packed in flash, for microcontrollers and everything else.',
    extension: 'c',
    elsewhere: 'C files are proved by compiling them, which the command line does.',
  },
  onnx: {
    id: 'onnx',
    name: 'ONNX',
    description: 'For ONNX runtimes, opset 21 or 25: 8-, 4- and 2-bit weights, whole numbers in real convolutions, and the same results as here.',
    extension: 'onnx',
    elsewhere: null,
    lowers: (schemes: readonly SchemeId[]) => onnxLowers(schemes, 'exact'),
  },
  'onnx-qdq': {
    id: 'onnx-qdq',
    name: 'ONNX for 8-bit accelerators',
    description: 'QDQ as accelerators fuse it: 8-bit layers run in the runtime’s own integers and may be a step off. At least 98 % of the answers are the same; the others tie within 5 % of the logits’ range.',
    extension: 'onnx',
    elsewhere: null,
    lowers: (schemes: readonly SchemeId[]) => onnxLowers(schemes, 'qdq'),
  },
  tflite: {
    id: 'tflite',
    name: 'TensorFlow Lite',
    description: 'For TensorFlow Lite and LiteRT: 8- and 4-bit weights a channel in the runtime’s own integers, which may be a step off. At least 95 % of the answers are the same; the others tie within 10 % of the logits’ range.',
    extension: 'tflite',
    elsewhere: null,
    lowers: (schemes: readonly SchemeId[]) => tfliteLowers(schemes, 'builtin'),
  },
  lce: {
    id: 'lce',
    name: 'Larq Compute Engine',
    description: 'TensorFlow Lite with one-bit layers as operators of Larq Compute Engine (releases that have LceQuantize), a bit a weight. Proved as far as LiteRT goes and, for Larq’s operators, by an interpreter of the studio’s own: Larq’s engine itself was not run.',
    extension: 'tflite',
    elsewhere: null,
    lowers: (schemes: readonly SchemeId[]) => tfliteLowers(schemes, 'lce'),
  },
} as const satisfies Record<string, Target>;

export type ExporterId = keyof typeof TARGETS;

export function isExporterId(text: string): text is ExporterId {
  return Object.hasOwn(TARGETS, text);
}
