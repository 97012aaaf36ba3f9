import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { elementCount } from '../../core/graph/graph.ts';
import { print } from '../../core/graph/print.ts';
import { readNetwork, type ReadNetwork } from '../../core/import/index.ts';
import { createFloatRuntime } from '../../core/runtime/watch.ts';
import { permute } from '../../core/tensor/permute.ts';
import { uniforms } from '../fixtures/linear-congruential.ts';

const FOLDER = resolve(process.env['BITWRIGHT_DATA'] ?? '../shared/data');
const present = existsSync(FOLDER);
if (!present) console.warn(`Skipped: ${FOLDER} is absent (set BITWRIGHT_DATA to the folder of real networks and data).`);

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';
const SEED = 3;

/** Of `pytorch/onnx.py`: every step-th number of each answer. */
const OLD_ANSWERS = JSON.parse(readFileSync(join(import.meta.dirname, 'onnx-answers.json'), 'utf8')) as Readonly<Record<string, { readonly step: number; readonly values: readonly number[] }>>;

const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(resolve(FOLDER, 'models', path)));
const open = (path: string): Promise<ReadNetwork> => readNetwork([{ name: path, bytes: bytesOf(path) }]);

describe.skipIf(!present)(`real networks answer like onnxruntime (seed ${SEED})`, () => {
  it.each([
    ['mnist/mnist-8.onnx', 'NCHW'],
    ['cifar10/resnet20_cifar10_converted.onnx', 'NCHW'],
    ['onnx/stm32_mobilenet_v2_0.35_128_flowers.onnx', 'NCHW'],
    ['onnx/mediapipe_face_detection_short_range.onnx', 'NHWC'],
  ] as const)('%s', async (path, layout) => {
    const { model } = await open(path);
    const { shape } = model.graph.inputs[0];
    const random = createRandom(SEED);
    const input = Float32Array.from({ length: elementCount(shape) }, () => random.normal());
    const [batch, height, width, channels] = shape;
    const fileShape = layout === 'NCHW' ? [batch, channels, height, width] : shape;
    const session = await ort.InferenceSession.create(bytesOf(path));
    const results = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', input, fileShape) });
    const expected = results[session.outputNames[0]].data as Float32Array;
    const actual = createFloatRuntime(model).run(layout === 'NCHW' ? permute(input, fileShape, [0, 2, 3, 1]) : input);
    expect(actual.length).toBe(expected.length);
    const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const difference = actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i])), 0);
    expect(difference / scale).toBeLessThan(5e-6);
  });
});

describe.skipIf(!present)('networks of operator sets before 7, which onnxruntime does not take, answer like PyTorch', () => {
  it.each(Object.entries(OLD_ANSWERS))('%s', async (path, { step, values }) => {
    const { model } = await open(path);
    expect(model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    const answer = createFloatRuntime(model).run(uniforms(1, elementCount(model.graph.inputs[0].shape)));
    expect(Math.ceil(answer.length / step)).toBe(values.length);
    const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const difference = values.reduce((largest, value, i) => Math.max(largest, Math.abs(value - answer[i * step])), 0);
    expect(difference / scale).toBeLessThan(5e-6);
  });
});

describe.skipIf(!present)('real networks are read whole', () => {
  it('mnist-8, with its layers named as in the file and nothing left of NCHW', async () => {
    const { model, folds } = await open('mnist/mnist-8.onnx');
    const lines = print(model.graph).split('\n').filter((line) => line.startsWith('node'));
    expect(lines.map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual([
      '"Convolution28" conv2d',
      '"ReLU32" relu',
      '"Pooling66" max-pool',
      '"Convolution110" conv2d',
      '"ReLU114" relu',
      '"Pooling160" max-pool',
      '"Times212_reshape0" reshape',
      '"Times212" dense',
    ]);
    expect(folds).toEqual(['1 change of memory order was folded into the layers around it.', '3 constant additions became the biases of the layer before it.']);
  });

  it.each([
    ['mlperf-tiny/pretrainedResnet.h5', 78_666, 10],
    ['mlperf-tiny/vww_96.h5', 221_794, 28],
    ['mlperf-tiny/ad01.h5', 269_992, 10],
    ['keras/fer2013_mini_XCEPTION.102-0.66.hdf5', 58_423, 23],
  ])('%s has %d parameters in %d layers', async (path, parameters, layers) => {
    const { model } = await open(path);
    const count = (op: readonly string[]): number => model.graph.nodes.filter((node) => op.includes(node.op)).length;
    expect([...model.weights.values()].reduce((sum, values) => sum + values.length, 0)).toBe(parameters);
    expect(count(['conv2d', 'depthwise-conv2d', 'dense'])).toBe(layers);
    expect(count(['unknown'])).toBe(0);
  });
});
