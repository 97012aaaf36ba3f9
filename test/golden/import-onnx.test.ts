import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { elementCount, type Model } from '../../core/graph/graph.ts';
import { parse, print } from '../../core/graph/print.ts';
import { readNetwork } from '../../core/import/index.ts';
import { createFloatRuntime } from '../../core/runtime/watch.ts';
import { permute } from '../../core/tensor/permute.ts';
import { writeOnnx } from '../fixtures/onnx-writer.ts';
import { onnxCases } from './import-onnx.cases.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';
const SEED = 31;

/** The studio's answer in the file's order of dimensions. */
function answer(model: Model, shape: readonly number[], input: Float32Array, turnsItself: boolean): Float32Array {
  const own = shape.length === 4 && !turnsItself ? permute(input, shape, [0, 2, 3, 1]) : input;
  const result = Float32Array.from(createFloatRuntime(model).run(own));
  const made = model.graph.nodes.find((node) => node.id === model.graph.outputs[0])?.shape ?? [];
  return made.length === 4 ? permute(result, made, [0, 3, 1, 2]) : result;
}

describe(`an imported network answers like onnxruntime (seed ${SEED})`, () => {
  it.each(onnxCases(SEED))('$name', async ({ model: description }) => {
    const bytes = writeOnnx(description);
    const { model } = await readNetwork([{ name: 'case.onnx', bytes }]);
    expect(model.graph.nodes.filter((node) => node.op === 'unknown')).toEqual([]);
    const shape = description.inputs[0].shape as number[];
    const random = createRandom(SEED);
    const input = Float32Array.from({ length: elementCount(shape) }, () => random.normal());
    const session = await ort.InferenceSession.create(bytes);
    const { y } = await session.run({ x: new ort.Tensor('float32', input, shape) });
    const expected = y.data as Float32Array;
    const turnsItself = description.nodes.some((node) => node.op === 'Transpose' && node.inputs[0] === 'x');
    const actual = answer(model, shape, input, turnsItself);
    expect(actual.length).toBe(expected.length);
    const difference = actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i])), 0);
    const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
    expect(difference / scale).toBeLessThan(2e-6);
    expect(parse(print(model.graph))).toEqual(model.graph);
  });
});
