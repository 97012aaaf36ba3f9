import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { elementCount, type Model } from '../../core/graph/graph.ts';
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
