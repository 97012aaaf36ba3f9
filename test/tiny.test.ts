import { expect, test } from 'vitest';
import { planUniformly } from '../core/analysis/plans.ts';
import { packedSize } from '../core/analysis/size.ts';
import { readPacked } from '../core/export/packed/read.ts';
import { writePacked } from '../core/export/packed/write.ts';
import { elementCount } from '../core/graph/graph.ts';
import { parse, print } from '../core/graph/print.ts';
import { verifyModel } from '../core/graph/verify.ts';
import { JOBS } from '../core/jobs/index.ts';
import { createEngine } from '../core/kernels/load.ts';
import { connect } from '../core/rpc/connect.ts';
import { memoryPair } from '../core/rpc/memory-pair.ts';
import { serve } from '../core/rpc/serve.ts';
import { deploy } from '../core/runtime/deploy.ts';
import { createRuntime } from '../core/runtime/run.ts';
import { createFloatRuntime } from '../core/runtime/watch.ts';
import { SCHEME_IDS } from '../core/schemes/index.ts';
import type { DataSet } from '../core/data/data-set.ts';
import { plainNetwork } from './fixtures/networks.ts';

// The whole path in about a second: if this fails, nothing else is worth running.

const model = plainNetwork(5);
const context = { signal: new AbortController().signal, report: () => {} };

/** 32 images of noise with the labels that the float network gives them. */
const data = ((): DataSet => {
  const shape = model.graph.inputs[0]!.shape.slice(1);
  const size = elementCount(shape);
  const images = Uint8Array.from({ length: 32 * size }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255);
  const float = createFloatRuntime(model);
  const labels = Int32Array.from({ length: 32 }, (_, sample) => {
    const logits = float.run(Float32Array.from(images.subarray(sample * size, (sample + 1) * size), (pixel) => pixel / 255));
    return logits.indexOf(Math.max(...logits));
  });
  return { name: 'noise', format: 'test', shape, classes: ['a', 'b', 'c', 'd', 'e'], train: null, test: { count: 32, images, labels }, hash: 'noise', notes: [] };
})();

test('a network verifies, and its text reads back as the same text', () => {
  verifyModel(model);
  expect(print(parse(print(model.graph)))).toBe(print(model.graph));
});

test('every precision calibrates, deploys, packs to the size the meter says, and answers the same when read back', async () => {
  const calibration = await JOBS.calibrate({ model, data, preprocess: 'unit', samples: 16 }, context);
  const sample = Float32Array.from({ length: elementCount(model.graph.inputs[0]!.shape) }, (_, i) => ((i * 37) % 256) / 255);
  const sizes: number[] = [];
  for (const scheme of SCHEME_IDS) {
    const { plan } = planUniformly(model.graph, scheme);
    const program = deploy({ model, plan, calibration });
    const bytes = writePacked(program);
    expect(bytes.length, scheme).toBe(packedSize(model.graph, plan).totalBytes);
    sizes.push(bytes.length);
    const [here, there] = [program, readPacked(bytes, 'network.bitw')].map((each) => createRuntime(each, createEngine({ variant: 'wasm' })).run(sample).slice());
    expect(there, scheme).toEqual(here);
    expect(here!.every(Number.isFinite), scheme).toBe(true);
  }
  expect(sizes[0]).toBeGreaterThan(sizes[1]!);
  expect(sizes[1]).toBeGreaterThan(sizes.at(-1)!);
});

test('the jobs answer over a pipe: the float network agrees with the labels it gave', async () => {
  const [served, calling] = memoryPair();
  const stop = serve(JOBS, served);
  const jobs = connect<typeof JOBS>(calling);
  const state = { model, plan: {}, calibration: { samples: 0, values: {}, layers: {}, images: new Float32Array(0), hash: '' } };
  const evaluation = await jobs.evaluate({ state, data, preprocess: 'unit', offset: 0, limit: 32 });
  expect(evaluation).toMatchObject({ count: 32, correct: 32, accuracy: 1, measure: 'accuracy' });
  stop();
});
