import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { elementCount, type Model } from '../../core/graph/graph.ts';
import { foldBatchNorm } from '../../core/graph/passes/fold-batch-norm.ts';
import { IMPORT_PASSES, normalise } from '../../core/graph/passes/normalise.ts';
import { runnablePart } from '../../core/graph/passes/runnable-part.ts';
import { verify } from '../../core/graph/verify.ts';
import { readNetwork } from '../../core/import/index.ts';
import { readOnnxModel } from '../../core/import/onnx/read.ts';
import { createFloatRuntime } from '../../core/runtime/watch.ts';
import { writeOnnx, type OnnxModel } from '../fixtures/onnx-writer.ts';
import { onnxCases, randomTensor } from '../golden/import-onnx.cases.ts';

const SEED = 7;
const cases = onnxCases(SEED);

function run(model: Model): Float32Array {
  const random = createRandom(SEED);
  return Float32Array.from(createFloatRuntime(model).run(Float32Array.from({ length: elementCount(model.graph.inputs[0].shape) }, () => random.normal())));
}

function expectSameAnswers(before: Model, after: Model): void {
  const expected = run(before);
  const actual = run(after);
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
  actual.forEach((value, i) => expect(Math.abs(value - expected[i]) / scale).toBeLessThan(2e-6));
}

describe(`the rewrites of an import keep what a network computes (seed ${SEED})`, () => {
  it.each(cases)('$name', ({ model: description }) => {
    const { model } = readOnnxModel({ name: 'case.onnx', bytes: writeOnnx(description) });
    verify(model.graph);
    const { model: after } = normalise(model);
    verify(after.graph);
    expectSameAnswers(model, after);
    expect(normalise(after)).toEqual({ model: after, folds: [] });
  });

  it('each one on its own', () => {
    for (const { model: description, name } of cases) {
      const { model } = readOnnxModel({ name, bytes: writeOnnx(description) });
      for (const pass of IMPORT_PASSES) {
        const { model: after, count } = pass.run(model);
        if (count === 0) expect(after).toBe(model);
        else {
          verify(after.graph);
          expectSameAnswers(model, after);
        }
      }
    }
  });

  it('all of them happen somewhere in these networks', () => {
    const done = cases.flatMap(({ model, name }) => normalise(readOnnxModel({ name, bytes: writeOnnx(model) }).model).folds);
    const sentences = (describe: (count: number) => string): string[] => Array.from({ length: 20 }, (_, n) => describe(n + 1));
    for (const pass of IMPORT_PASSES) expect(done, pass.id).toSatisfy((folds: string[]) => folds.some((fold) => sentences(pass.describe).includes(fold)));
  });
});

describe('padding', () => {
  const padded = (reader: OnnxModel['nodes'][number]): Model => {
    const random = createRandom(SEED);
    const bytes = writeOnnx({
      inputs: [{ name: 'x', shape: [1, 2, 5, 5] }],
      outputs: [{ name: 'y', shape: [1, 2, 'h', 'w'] }],
      initialisers: { p: { dims: [8], integers: [0, 0, 1, 1, 0, 0, 1, 1] }, w: randomTensor(random, [2, 2, 3, 3]) },
      nodes: [{ op: 'Pad', inputs: ['x', 'p'], outputs: ['q'] }, reader],
    });
    return normalise(readOnnxModel({ name: 'pad.onnx', bytes }).model).model;
  };
  it('moves into a convolution', () => expect(padded({ op: 'Conv', inputs: ['q', 'w'], outputs: ['y'] }).graph.nodes.map((node) => node.op)).toEqual(['conv2d']));
  it('stays before a pool, which would leave it out of its average', () => {
    const pool = padded({ op: 'AveragePool', inputs: ['q'], outputs: ['y'], attributes: { kernel_shape: [3, 3] } });
    expect(pool.graph.nodes.map((node) => node.op)).toEqual(['pad', 'average-pool']);
  });
});

describe('folding batch norms', () => {
  const random = createRandom(SEED);
  const norm = ['g', 'b', 'm', 'v'];
  const description: OnnxModel = {
    inputs: [{ name: 'x', shape: [1, 3, 6, 6] }],
    outputs: [{ name: 'y', shape: [1, 4] }],
    initialisers: {
      w: randomTensor(random, [4, 3, 3, 3]),
      c: randomTensor(random, [4]),
      d: randomTensor(random, [4, 1, 3, 3]),
      f: randomTensor(random, [4, 4]),
      g: randomTensor(random, [4]),
      b: randomTensor(random, [4]),
      m: randomTensor(random, [4]),
      v: { dims: [4], floats: [0.5, 1, 2, 0.1] },
    },
    nodes: [
      { op: 'Conv', inputs: ['x', 'w', 'c'], outputs: ['a'] },
      { op: 'BatchNormalization', inputs: ['a', ...norm], outputs: ['a1'] },
      { op: 'Relu', inputs: ['a1'], outputs: ['a2'] },
      { op: 'BatchNormalization', inputs: ['a2', ...norm], outputs: ['a3'] },
      { op: 'Conv', inputs: ['a3', 'd'], outputs: ['e'], attributes: { group: 4 } },
      { op: 'BatchNormalization', inputs: ['e', ...norm], outputs: ['e1'] },
      { op: 'GlobalAveragePool', inputs: ['e1'], outputs: ['e2'] },
      { op: 'Flatten', inputs: ['e2'], outputs: ['e3'] },
      { op: 'Gemm', inputs: ['e3', 'f'], outputs: ['h'] },
      { op: 'BatchNormalization', inputs: ['h', ...norm], outputs: ['y'] },
    ],
  };
  it('into convolution, depthwise and dense layers keeps the answers; one after an activation stays', async () => {
    const { model } = await readNetwork([{ name: 'norms.onnx', bytes: writeOnnx(description) }]);
    expect(model.graph.nodes.filter((node) => node.op === 'batch-norm')).toHaveLength(4);
    const folded = foldBatchNorm(model);
    verify(folded.graph);
    expect(folded.graph.nodes.map((node) => node.op)).toEqual(['conv2d', 'relu', 'batch-norm', 'depthwise-conv2d', 'global-average-pool', 'dense']);
    expectSameAnswers(model, folded);
  });
});

describe('the runnable part', () => {
  it('is what the outputs need', async () => {
    const bytes = writeOnnx({
      inputs: [{ name: 'x', shape: [1, 3] }],
      outputs: [{ name: 'y', shape: [1, 3] }],
      valueInfo: [{ name: 'b', shape: [1, 3] }],
      nodes: [
        { op: 'Relu', inputs: ['x'], outputs: ['a'] },
        { op: 'Odd', inputs: ['a'], outputs: ['b'] },
        { op: 'Tanh', inputs: ['b'], outputs: ['y'] },
      ],
    });
    const { model } = await readNetwork([{ name: 'odd.onnx', bytes }]);
    expect(model.graph.nodes.map((node) => node.op)).toEqual(['relu', 'unknown', 'tanh']);
    expect(runnablePart(model).graph.nodes.map((node) => node.op)).toEqual(['relu']);
    expect([...run(runnablePart(model))].every((value) => value >= 0)).toBe(true);
  });
});
