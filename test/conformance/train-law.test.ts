import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { packedSize } from '../../core/analysis/size.ts';
import { createRandom } from '../../core/base/random.ts';
import { readPacked } from '../../core/export/packed/read.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { elementCount, isLayer, type Model } from '../../core/graph/graph.ts';
import { verifyModel } from '../../core/graph/verify.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { initialValues } from '../../core/quant/fields.ts';
import type { Calibration } from '../../core/quant/calibration.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { createRuntime, type Runtime } from '../../core/runtime/run.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import { refusalsOf } from '../../core/schemes/layer-facts.ts';
import { SCHEME_IDS, SCHEMES } from '../../core/schemes/index.ts';
import type { LayerChoice, Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { indexOfLargest } from '../../core/tensor/divergence.ts';
import { Parameters, replaceValue } from '../../core/train/network/parameters.ts';
import { DEPLOYED_MODE, SimulatedNetwork } from '../../core/train/network/simulate.ts';
import { prepareForTraining } from '../../core/train/prepare.ts';
import { RECIPE_FIELDS, recipeOf, type Recipe } from '../../core/train/recipe.ts';
import { startForTest } from '../unit/train-setup.ts';
import { LAW_NETWORKS } from './train-networks.ts';

const SAMPLES = 200;

beforeAll(startForTest);

function planOf(model: Model, choice: LayerChoice): Plan {
  const layers = model.graph.nodes.filter(isLayer);
  const takes = (node: (typeof layers)[number]): boolean => refusalsOf(model.graph, node)[choice.scheme] === null;
  return Object.fromEntries(layers.map((node, i) => [node.id, takes(node) && i < layers.length - 1 ? choice : { scheme: 'int8' }]));
}

function inputsOf(model: Model, seed: number): readonly Float32Array[] {
  const random = createRandom(seed);
  const size = elementCount(model.graph.inputs[0].shape);
  return Array.from({ length: SAMPLES }, () => Float32Array.from({ length: size }, () => random.normal(0, 1)));
}

async function measure(model: Model, samples: readonly Float32Array[]): Promise<Calibration> {
  const measured = await calibrate(model, watchFloat(model), (i) => samples[i], samples.length, { observer: 'mse' });
  return { ...measured, images: new Float32Array(0) };
}

interface Difference {
  readonly codes: number;
  readonly different: number;
  readonly largestStep: number;
}

/** Codes of every int8 value of one sample, deployed against simulated. */
function compareCodes(runtime: Runtime, program: ReturnType<typeof deploy>, seen: ReadonlyMap<string, Float32Array>, sample: number, calibration: Calibration, sources: ReadonlyMap<string, string>): Difference {
  let codes = 0;
  let different = 0;
  let largestStep = 0;
  program.network.buffers.forEach(({ id, format }, index) => {
    const values = seen.get(id);
    if (format !== 'int8' || !values) return;
    const grid = calibration.values[sources.get(id) ?? id]?.grid;
    const deployed = runtime.read(index) as Int8Array;
    const from = sample * deployed.length;
    for (let i = 0; i < deployed.length; i++) {
      const step = Math.abs(deployed[i] - Math.round(values[from + i] / grid.scale + grid.zeroPoint));
      codes++;
      if (step > 0) different++;
      largestStep = Math.max(largestStep, step);
    }
  });
  return { codes, different, largestStep };
}

/** Whatever is learned, somewhere else than where it started. */
function moveLearned(parameters: Parameters, seed: number): void {
  const random = createRandom(seed);
  for (const [id, variable] of parameters.variables) {
    if (id.endsWith('/ratio')) replaceValue(variable, Float32Array.from({ length: variable.size }, () => random.uniform(0.8, 1.2)));
  }
}

const BASE = { ...recipeOf(initialValues(RECIPE_FIELDS)), shortcuts: 'none' } as const;

async function checkLaw(original: Model, choice: LayerChoice, seed: number, changes: Partial<Recipe> = {}): Promise<void> {
  const recipe: Recipe = { ...BASE, ...changes };
  const plan = planOf(original, choice);
  const samples = inputsOf(original, seed);
  const flat = new Float32Array(samples.length * samples[0].length);
  samples.forEach((sample, i) => flat.set(sample, i * sample.length));
  const prepared = prepareForTraining(original, plan, await measure(original, samples), { ...recipe, samples: () => flat });
  verifyModel(prepared.model);
  const parameters = new Parameters(prepared.model);
  const network = new SimulatedNetwork(prepared.model, plan, prepared.calibration, parameters, recipe);
  moveLearned(parameters, seed + 1);
  const seen = new Map<string, Float32Array>();
  const logits = tf.tidy(() => {
    const batch = tf.tensor(flat, [samples.length, ...prepared.model.graph.inputs[0].shape.slice(1)]);
    return network.run(batch, DEPLOYED_MODE, (id, value) => seen.set(id, value.dataSync() as Float32Array)).dataSync() as Float32Array;
  });
  const model = network.trainedModel();
  const calibration = network.trainedCalibration();
  parameters.dispose();

  const program = deploy({ model, plan, calibration });
  const runtime = createRuntime(program, createEngine({ variant: 'wasm' }));
  const bytes = writePacked(program);
  expect(bytes.length, 'bytes of the file').toBe(packedSize(model.graph, plan).totalBytes);
  const written = createRuntime(readPacked(bytes, 'law.bitw'), createEngine({ variant: 'wasm' }));
  for (const sample of samples.slice(0, 3)) expect([...written.run(sample)], 'answers of the file').toEqual([...runtime.run(sample)]);
  const classes = logits.length / samples.length;
  const { tolerance } = SCHEMES[choice.scheme];
  const top = Math.max(...logits.map(Math.abs));
  // The last layer's answers are float32: a grid step of them is what int8 would have.
  const step = Math.max(tolerance.gridSteps * (top / 127), 2e-5 * top);
  let sameAnswer = 0;
  let close = 0;
  const total = { codes: 0, different: 0, largestStep: 0 };
  samples.forEach((sample, i) => {
    runtime.run(sample);
    const deployed = runtime.logits;
    const simulated = logits.subarray(i * classes, (i + 1) * classes);
    if (indexOfLargest(deployed) === indexOfLargest(simulated)) sameAnswer++;
    if (simulated.every((value, c) => Math.abs(value - deployed[c]) <= step)) close++;
    const { codes, different, largestStep } = compareCodes(runtime, program, seen, i, calibration, network.gridSources);
    total.codes += codes;
    total.different += different;
    total.largestStep = Math.max(total.largestStep, largestStep);
  });

  expect(sameAnswer / SAMPLES, 'same answers').toBeGreaterThanOrEqual(0.99);
  expect(close / SAMPLES, 'logits within the tolerance').toBeGreaterThanOrEqual(0.99);
  expect(total.different, 'codes that differ').toBeLessThanOrEqual(total.codes * 1e-4);
}

const CHOICES: readonly LayerChoice[] = SCHEME_IDS.flatMap((scheme: SchemeId): LayerChoice[] =>
  scheme === 'xnor' ? ['minus', 'zero', 'plus'].map((padding) => ({ scheme, options: { padding } })) : [{ scheme }],
);

const ONE_BIT = CHOICES.filter(({ scheme }) => scheme === 'xnor');

describe('The fake-quantised graph with shortcuts around its one-bit layers answers as the deployed one', () => {
  for (const rprelu of [true, false]) {
    for (const choice of ONE_BIT) {
      it(`residual, padding ${String(choice.options?.['padding'])}, ${rprelu ? 'shifted PReLU' : 'as Bi-Real Net'}`, () => checkLaw(LAW_NETWORKS.residual(11), choice, 12, { shortcuts: 'residual', rprelu }));
    }
  }
  it('every network', async () => {
    for (const make of [LAW_NETWORKS.plain, LAW_NETWORKS.unusual]) await checkLaw(make(11), ONE_BIT[0], 12, { shortcuts: 'each', rprelu: true });
  });
});

const TRAININGS: readonly { readonly changes: Partial<Recipe>; readonly schemes: readonly SchemeId[]; readonly options?: LayerChoice['options'] }[] = [
  { changes: {}, schemes: ['ternary'], options: { levels: 'two' } },
  { changes: { alpha: 'learned' }, schemes: ['ternary'], options: { levels: 'two' } },
  { changes: { alpha: 'learned', zeroMean: true }, schemes: ['ternary'], options: { levels: 'two' } },
  { changes: { alpha: 'learned' }, schemes: ['ternary', 'binary', 'xnor'] },
  { changes: { zeroMean: true }, schemes: ['ternary', 'binary', 'xnor'] },
  { changes: { zeroMean: true, alpha: 'learned' }, schemes: ['xnor'] },
  { changes: { weightSteps: 'learned' }, schemes: ['int8', 'int4'] },
  { changes: { tanhWeights: true }, schemes: ['int8', 'int4'] },
  { changes: { tanhWeights: true, weightSteps: 'learned' }, schemes: ['int4'] },
  { changes: { ranges: 'learned' }, schemes: ['int8', 'binary', 'xnor'] },
  { changes: { ranges: 'pact' }, schemes: ['int8', 'ternary'] },
];

describe('The fake-quantised graph answers as the deployed one with', () => {
  for (const { changes, schemes, options } of TRAININGS) {
    for (const scheme of schemes) {
      it(`${Object.entries({ ...changes, ...options }).map(([name, value]) => `${name} ${String(value)}`).join(', ')} in ${SCHEMES[scheme].name}`, async () => {
        for (const make of [LAW_NETWORKS.unusual, LAW_NETWORKS.residual, LAW_NETWORKS.moving]) await checkLaw(make(15), { scheme, ...(options ? { options } : {}) }, 16, changes);
      });
    }
  }
});

for (const [name, make] of Object.entries(LAW_NETWORKS)) {
  describe(`The fake-quantised graph of the ${name} network answers as the deployed one`, () => {
    for (const choice of CHOICES) {
      const options = choice.options ? `, ${Object.entries(choice.options).map(([key, value]) => `${key} ${String(value)}`).join(', ')}` : '';
      it(`${SCHEMES[choice.scheme].name}${options}`, () => checkLaw(make(11), choice, 12));
    }
  });
}
