import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import h5wasm, { type Dataset } from 'h5wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { elementCount } from '../../core/graph/graph.ts';
import { readNetwork } from '../../core/import/index.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { createFloatRuntime, watchFloat } from '../../core/runtime/watch.ts';
import { writeKeras } from '../fixtures/keras-writer.ts';
import { hasRealData, realFile } from '../fixtures/real-data.ts';

const SEED = 61;

beforeAll(() => tf.setBackend('cpu'));

const sign = (x: tf.Tensor): tf.Tensor => tf.sub(tf.mul(tf.cast(tf.greaterEqual(x, 0), 'float32'), 2), 1);
const numbers = (shape: readonly number[], seed = SEED): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length: elementCount(shape) }, () => random.normal());
};
const tensor = (shape: readonly number[], seed: number): tf.Tensor => tf.tensor(numbers(shape, seed), [...shape]);

interface LarqCase {
  readonly name: string;
  readonly layer: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly kernel: readonly number[];
  readonly plan: object | null;
  /** What Larq computes, in tfjs' own operators. */
  readonly answer: (x: tf.Tensor4D, kernel: tf.Tensor4D) => tf.Tensor;
}

const INPUT = [7, 6, 4];
const convolved = (x: tf.Tensor, kernel: tf.Tensor, strides: number): tf.Tensor => tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, strides, 'same');
const tern = (kernel: tf.Tensor, threshold: number): tf.Tensor => tf.mul(tf.sign(kernel), tf.cast(tf.greater(tf.abs(kernel), threshold), 'float32'));

const CASES: readonly LarqCase[] = [
  { name: 'signs on both sides', layer: 'QuantConv2D', settings: { strides: [2, 2], input_quantizer: 'ste_sign', kernel_quantizer: 'ste_sign' }, kernel: [3, 3, 4, 5], plan: { scheme: 'xnor', options: { padding: 'zero' } }, answer: (x, kernel) => convolved(sign(x), sign(kernel), 2) },
  {
    name: 'a border of ones',
    layer: 'QuantConv2D',
    settings: { pad_values: 1, input_quantizer: { class_name: 'ApproxSign', config: {} }, kernel_quantizer: { class_name: 'SteSign', config: {} } },
    kernel: [3, 3, 4, 5],
    plan: { scheme: 'xnor', options: { padding: 'plus' } },
    answer: (x, kernel) => tf.conv2d(tf.pad(sign(x), [[0, 0], [1, 1], [1, 1], [0, 0]], 1) as tf.Tensor4D, sign(kernel) as tf.Tensor4D, 1, 'valid'),
  },
  { name: 'weights alone', layer: 'QuantConv2D', settings: { input_quantizer: null, kernel_quantizer: { class_name: 'Larq>SteSign', config: {} } }, kernel: [3, 3, 4, 5], plan: { scheme: 'binary' }, answer: (x, kernel) => convolved(x, sign(kernel), 1) },
  { name: 'signs as large as the weights', layer: 'QuantConv2D', settings: { input_quantizer: 'swish_sign', kernel_quantizer: 'magnitude_aware_sign' }, kernel: [3, 3, 4, 5], plan: { scheme: 'xnor', options: { padding: 'zero' } }, answer: (x, kernel) => convolved(sign(x), tf.mul(sign(kernel), tf.mean(tf.abs(kernel), [0, 1, 2])), 1) },
  { name: 'three levels', layer: 'QuantConv2D', settings: { kernel_quantizer: { class_name: 'SteTern', config: { threshold_value: 0.4, ternary_weight_networks: false } } }, kernel: [3, 3, 4, 5], plan: { scheme: 'ternary' }, answer: (x, kernel) => convolved(x, tern(kernel, 0.4), 1) },
  { name: 'channels by themselves', layer: 'QuantDepthwiseConv2D', settings: { input_quantizer: 'ste_sign', depthwise_quantizer: 'ste_sign' }, kernel: [3, 3, 4, 1], plan: { scheme: 'binary' }, answer: (x, kernel) => tf.depthwiseConv2d(sign(x) as tf.Tensor4D, sign(kernel) as tf.Tensor4D, 1, 'same') },
];

describe(`a layer of Larq answers as it is defined (seed ${SEED})`, () => {
  it.each(CASES)('$name', async ({ layer, settings, kernel, plan, answer }) => {
    const slot = layer === 'QuantDepthwiseConv2D' ? 'depthwise_kernel' : 'kernel';
    const config = { name: 'quant', kernel_size: kernel.slice(0, 2), padding: 'same', use_bias: false, activation: 'linear', ...settings, batch_input_shape: [null, ...INPUT] };
    const file = { config: { class_name: 'Sequential', config: { name: 'test', layers: [{ class_name: layer, config }] } }, weights: { quant: [{ name: `quant/${slot}:0`, shape: kernel, values: numbers(kernel, SEED + 1) }] } };
    const read = await readNetwork([{ name: 'larq.h5', bytes: await writeKeras(file) }]);
    expect(read.model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    expect(read.plan['quant']).toEqual(plan ?? undefined);
    const expected = await answer(tensor([1, ...INPUT], SEED) as tf.Tensor4D, tensor(kernel, SEED + 1) as tf.Tensor4D).data();
    const actual = createFloatRuntime(read.model).run(numbers([1, ...INPUT]));
    const difference = actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i])), 0);
    expect(actual.length).toBe(expected.length);
    expect(difference).toBeLessThan(1e-5);
  });

  it('with a quantiser that the studio does not have is kept without being run', async () => {
    const config = { name: 'quant', units: 3, input_quantizer: { class_name: 'DoReFa', config: { k_bit: 2 } }, batch_input_shape: [null, 4] };
    const before = { class_name: 'Dense', config: { name: 'first', units: 4, batch_input_shape: [null, 4] } };
    const tensors = (layer: string, shape: readonly number[]) => [{ name: `${layer}/kernel:0`, shape, values: numbers(shape) }, { name: `${layer}/bias:0`, shape: shape.slice(1), values: numbers(shape.slice(1)) }];
    const bytes = await writeKeras({ config: { class_name: 'Sequential', config: { name: 'test', layers: [before, { class_name: 'QuantDense', config }] } }, weights: { first: tensors('first', [4, 4]), quant: tensors('quant', [4, 3]) } });
    const { model } = await readNetwork([{ name: 'larq.h5', bytes }]);
    expect(model.graph.nodes.flatMap((node) => (node.op === 'unknown' ? [node.attributes.sourceOp] : []))).toEqual(['QuantDense: the input quantiser "DoReFa"']);
  });
});

describe.skipIf(!hasRealData)('larq_model_quantdense.h5', () => {
  it('has one binary and one XNOR layer and answers as its weights say', async () => {
    const bytes = new Uint8Array(readFileSync(realFile('models/larq/larq_model_quantdense.h5')));
    const imported = await JOBS.importModel({ files: [{ name: 'larq.h5', bytes }] }, { signal: new AbortController().signal, report: () => {} });
    expect(imported.plan).toEqual({ quant_dense: { scheme: 'binary' }, quant_dense_1: { scheme: 'xnor', options: { padding: 'zero' } } });
    expect(imported.report.unknown).toEqual([]);
    const { FS } = await h5wasm.ready;
    FS.writeFile('oracle.h5', bytes);
    const file = new h5wasm.File('oracle.h5', 'r');
    const weight = (layer: string, slot: string): tf.Tensor => {
      const dataset = file.get(`model_weights/${layer}/${layer}/${slot}:0`) as Dataset;
      return tf.tensor(dataset.value as Float32Array, dataset.shape!);
    };
    const sample = numbers([512]);
    const first = tf.add(tf.matMul(tf.tensor(sample, [1, 512]), sign(weight('quant_dense', 'kernel')) as tf.Tensor2D), weight('quant_dense', 'bias'));
    const logits = tf.add(tf.matMul(sign(first) as tf.Tensor2D, sign(weight('quant_dense_1', 'kernel')) as tf.Tensor2D), weight('quant_dense_1', 'bias'));
    const expected = await tf.softmax(logits).data();
    file.close();
    const actual = createFloatRuntime(imported.model).run(sample);
    actual.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-5));
  });

  it('computes its one-bit layer in bits with the same answers', async () => {
    const { model, plan } = await readNetwork([{ name: 'larq.h5', bytes: new Uint8Array(readFileSync(realFile('models/larq/larq_model_quantdense.h5'))) }]);
    const sample = (index: number): Float32Array => numbers([512], index);
    const calibration = await calibrate(model, watchFloat(model), sample, 32, { observer: 'mse' });
    const program = deploy({ model, plan: { quant_dense_1: plan['quant_dense_1'] }, calibration });
    const runtime = createRuntime(program, createEngine({ variant: 'wasm' }));
    const float = createFloatRuntime(model);
    for (let index = 1000; index < 1050; index++) {
      const expected = Float32Array.from(float.run(sample(index)));
      runtime.run(sample(index)).forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-5));
    }
  });
});
