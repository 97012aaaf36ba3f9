import type { SchemeId } from '../schemes/scheme.ts';
import { onnxLowers } from './onnx/lowers.ts';
import { tfjsLowers } from './tfjs/lowers.ts';
import { tfliteLowers } from './tflite/lowers.ts';

/** What is said of a target before anything is written: the page knows this much, and workers the rest. */
export interface Target {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Of the main file. */
  readonly extension: string;
  /** Why it is neither proved nor written where the host does not prove it for the page, which cannot do so itself; else null. */
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
  web: {
    id: 'web',
    name: 'Web package (JavaScript, WebAssembly)',
    description: 'The packed file with a runtime of one script for browsers and Node, without dependencies: types, an example page, test vectors and a self-test.',
    extension: 'bitw',
    elsewhere: null,
  },
  c99: {
    id: 'c99',
    name: 'C99 source (.c, .h)',
    description: 'One source and one header without allocation, weights packed in flash, for microcontrollers and everything else.',
    extension: 'c',
    elsewhere: 'There is no C compiler on this computer (cc, gcc or clang on the search path), and C files are proved by compiling them.',
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
    description: 'QDQ as accelerators fuse it: 8-bit layers run in the runtime’s own integers and may be a step off. At least 95 % of the answers are the same; the others tie within 10 % of the logits’ range.',
    extension: 'onnx',
    elsewhere: null,
    lowers: (schemes: readonly SchemeId[]) => onnxLowers(schemes, 'qdq'),
  },
  qonnx: {
    id: 'qonnx',
    name: 'QONNX',
    description: 'For FINN and other tools that make hardware: ONNX, opset 13, with Quant and BipolarQuant nodes for weights and values of 8 bits and fewer, and the same results as here.',
    extension: 'onnx',
    elsewhere: null,
    lowers: (schemes: readonly SchemeId[]) => onnxLowers(schemes, 'qonnx'),
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
  tfjs: {
    id: 'tfjs',
    name: 'TensorFlow.js',
    description: 'A folder with model.json and weights for tf.loadGraphModel: weights packed into bytes, whole numbers in real convolutions, and the same results as here.',
    extension: 'json',
    elsewhere: null,
    lowers: tfjsLowers,
  },
  report: {
    id: 'report',
    name: 'Report (.html)',
    description: 'One page to read, print and send: plan, sizes, what was measured and how, layer by layer. No scripts, nothing from the network.',
    extension: 'html',
    elsewhere: null,
  },
  recipe: {
    id: 'recipe',
    name: 'Recipe (.json)',
    description: 'Everything that makes the same bytes again from the float network and the data: bitwright replay.',
    extension: 'recipe.json',
    elsewhere: null,
  },
} as const satisfies Record<string, Target>;

export type ExporterId = keyof typeof TARGETS;

export function isExporterId(text: string): text is ExporterId {
  return Object.hasOwn(TARGETS, text);
}
