import { encode } from 'flatbuffers/js/flexbuffers.js';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import { createRandom } from '../../core/base/random.ts';
import { verifyModel } from '../../core/graph/verify.ts';
import { readNetwork } from '../../core/import/index.ts';
import { writeModelArchive, writeZip } from '../../core/project/archive.ts';
import type { TfliteModel } from '../../core/tflite/model.ts';
import { writeTflite } from '../../core/tflite/write.ts';
import { fuzzRounds } from '../fixtures/fuzz-rounds.ts';
import { writeKeras, writeKerasArchive } from '../fixtures/keras-writer.ts';
import { writeOnnx, type OnnxNode } from '../fixtures/onnx-writer.ts';
import { TfliteNetwork } from '../fixtures/tflite-network.ts';
import { kerasCases } from '../golden/import-keras.cases.ts';
import { onnxCases } from '../golden/import-onnx.cases.ts';
import { qdqModel, qlinearModel } from '../golden/import-onnx-quantised.cases.ts';
import { graphCases } from '../golden/import-tfjs.cases.ts';
import { MUTATIONS } from './mutations.ts';

const SEED = 90210;
/** Longest that one damaged file may take. */
const LIMIT_MS = 2000;

async function archive(): Promise<Uint8Array> {
  const { model } = await readNetwork([{ name: 'small.onnx', bytes: writeOnnx(onnxCases(1)[10].model) }]);
  return writeModelArchive(model, { note: 'fuzz' });
}

/** Operators that are made of several nodes, and constants that are computed. */
function functions(): Uint8Array {
  const integers = (...values: number[]) => ({ dims: [values.length], integers: values });
  const nodes: OnnxNode[] = [
    { op: 'Split', inputs: ['x', 'parts'], outputs: ['a', 'b'], attributes: { axis: 1 } },
    { op: 'ConvTranspose', inputs: ['a', 'w'], outputs: ['t'], attributes: { strides: [2, 2], group: 2, output_padding: [1, 1], pads: [1, 1, 1, 1] } },
    { op: 'Resize', inputs: ['b', 'none', 'scales'], outputs: ['r'], attributes: { mode: 'nearest' } },
    { op: 'Mul', inputs: ['t', 'r'], outputs: ['m'] },
    { op: 'Shape', inputs: ['m'], outputs: ['s'] },
    { op: 'Gather', inputs: ['s', 'first'], outputs: ['n'], attributes: { axis: 0 } },
    { op: 'Concat', inputs: ['n', 'rest'], outputs: ['rows'], attributes: { axis: 0 } },
    { op: 'Reshape', inputs: ['m', 'rows'], outputs: ['flat'] },
    { op: 'LayerNormalization', inputs: ['flat', 'g'], outputs: ['normal'] },
    { op: 'Pad', inputs: ['normal', 'pads'], outputs: ['padded'], attributes: { mode: 'reflect' } },
    { op: 'ReduceMean', inputs: ['padded', 'axes'], outputs: ['y'] },
  ];
  const reals = (...dims: number[]) => ({ dims, floats: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => (i % 7) / 7 - 0.4) });
  const initialisers = { parts: integers(2, 2), w: reals(2, 1, 3, 3), none: reals(0), scales: { dims: [4], floats: [1, 1, 2, 2] }, first: integers(0), rest: integers(2, 8, -1), g: reals(10), pads: integers(0, 0, 1, 1, 0, 0, 1, 2), axes: integers(2) };
  return writeOnnx({ opset: 18, nodes, initialisers, inputs: [{ name: 'x', shape: ['N', 4, 4, 5] }], outputs: [{ name: 'y', shape: ['N', 2, 1, 13] }] });
}

/** A TensorFlow.js folder whose texts can be damaged too. */
function folder(index: number): Uint8Array {
  return writeZip(Object.fromEntries(graphCases(1)[index].files.map(({ name, bytes }) => [name, bytes])), () => false);
}

/** Layers of real numbers and of codes, and the arithmetic of a shape. */
function chain(): TfliteModel {
  const net = new TfliteNetwork(1);
  const kernel = net.codes([4, 3, 3, 2], 'INT8', { scale: Float32Array.of(0.5, 0.25, 1, 2), zeroPoint: new Int32Array(4), axis: 0 }, Array.from({ length: 72 }, (_, i) => i - 36));
  const layer = net.add('CONV_2D', [net.input(1, 6, 6, 2), kernel, net.reals([4])], [1, 6, 6, 4], { stride_w: 1, stride_h: 1, fused_activation_function: 1 });
  const shape = net.add('PACK', [net.whole([1], []), net.whole([144], [])], [2], { values_count: 2 }, 1, 'INT32');
  const flat = net.add('RESHAPE', [net.add('PAD', [layer, net.whole([0, 0, 0, 0, 0, 0, 0, 0], [4, 2])], [1, 6, 6, 4]), shape], [1, 144]);
  return net.build(net.add('SOFTMAX', [net.add('FULLY_CONNECTED', [flat, net.reals([5, 144]), -1], [1, 5])], [1, 5], { beta: 1 }));
}

function binary(): TfliteModel {
  const net = new TfliteNetwork(1);
  const options = { channels_in: 40, dilation_height_factor: 1, dilation_width_factor: 1, fused_activation_function: 1, pad_values: 1, padding: 0, stride_height: 1, stride_width: 1 };
  const kernel = net.whole(Array.from({ length: 54 }, (_, i) => Math.imul(i, 0x9e3779b1)), [3, 3, 3, 2]);
  return net.build(net.custom('LceBconv2d', [net.input(1, 5, 5, 40), kernel, net.reals([3]), net.reals([3]), -1], [1, 5, 5, 3], encode(options)));
}

/** Either a network that verifies, or a sentence with a place and a next step. Anything else is a defect. */
async function open(name: string, bytes: Uint8Array): Promise<'opened' | 'refused'> {
  try {
    verifyModel((await readNetwork([{ name, bytes }])).model);
    return 'opened';
  } catch (error) {
    if (!(error instanceof StudioError)) throw new Error(`${name}: ${error instanceof Error ? `${error.name}: ${error.stack}` : String(error)}`);
    expect(error.message).toMatch(/[.)]$/);
    expect(error.where, error.message).toBeTruthy();
    expect(error.next, error.message).toBeTruthy();
    return 'refused';
  }
}

const sources: readonly { readonly name: string; readonly rounds: number; readonly bytes: () => Promise<Uint8Array> }[] = [
  { name: 'chain.onnx', rounds: 40, bytes: async () => writeOnnx(onnxCases(1)[10].model) },
  { name: 'shapes.onnx', rounds: 40, bytes: async () => writeOnnx(onnxCases(1)[24].model) },
  { name: 'block.onnx', rounds: 40, bytes: async () => writeOnnx(onnxCases(1)[14].model) },
  { name: 'quantised.onnx', rounds: 30, bytes: async () => writeOnnx(qdqModel(1)) },
  { name: 'integers.onnx', rounds: 30, bytes: async () => writeOnnx(qlinearModel(1)) },
  { name: 'functions.onnx', rounds: 40, bytes: async () => functions() },
  { name: 'chain.tflite', rounds: 40, bytes: async () => writeTflite(chain()) },
  { name: 'binary.tflite', rounds: 40, bytes: async () => writeTflite(binary()) },
  { name: 'chain.h5', rounds: 15, bytes: () => writeKeras(kerasCases(1)[0]) },
  { name: 'nested.h5', rounds: 6, bytes: () => writeKeras(kerasCases(1)[4]) },
  { name: 'nested.keras', rounds: 10, bytes: () => writeKerasArchive(kerasCases(1)[4]) },
  { name: 'graph.zip', rounds: 30, bytes: async () => folder(4) },
  { name: 'quantised.zip', rounds: 20, bytes: async () => folder(1) },
  { name: 'small.bitmodel', rounds: 40, bytes: archive },
];

describe(`damaged files are refused with a sentence (seed ${SEED})`, () => {
  it.each(sources)('$name', async ({ name, rounds, bytes }) => {
    const original = await bytes();
    expect(await open(name, original)).toBe('opened');
    const random = createRandom(SEED);
    let refused = 0;
    for (let round = 0; round < fuzzRounds(rounds); round++) {
      for (const mutation of MUTATIONS) {
        const damaged = mutation.apply(original, random);
        const started = performance.now();
        const outcome = await open(name, damaged).catch((error: unknown) => {
          throw new Error(`round ${round}, ${mutation.name}: ${error instanceof Error ? error.message : error}`, { cause: error });
        });
        expect(performance.now() - started, `round ${round}, ${mutation.name}`).toBeLessThan(LIMIT_MS);
        if (outcome === 'refused') refused++;
      }
    }
    expect(refused).toBeGreaterThan(fuzzRounds(rounds));
  });

  it('a file cut off after every byte', async () => {
    const original = writeOnnx(onnxCases(1)[20].model);
    for (let length = 0; length < original.length; length++) await open('cut.onnx', original.slice(0, length));
    expect(await open('cut.onnx', original.slice(0, original.length >> 1))).toBe('refused');
  });

  it('noise of any length, under every name', async () => {
    const random = createRandom(SEED);
    for (let round = 0; round < fuzzRounds(100); round++) {
      const bytes = Uint8Array.from({ length: random.integer(0, 300) }, () => random.integer(0, 256));
      for (const name of ['x.tflite', 'x.onnx', 'x.h5', 'x.keras', 'x.json', 'x.bitmodel', 'x']) expect(await open(name, bytes)).toBe('refused');
    }
  });
});
