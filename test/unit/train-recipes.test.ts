import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import { layersOf, type LayerNode, type Model } from '../../core/graph/graph.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import type { Calibration } from '../../core/quant/calibration.ts';
import { initialValues } from '../../core/quant/fields.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { indexOfLargest } from '../../core/tensor/divergence.ts';
import { trainNetwork, type TrainedNetwork } from '../../core/train/loop.ts';
import type { TrainingRequest } from '../../core/train/run-parts.ts';
import { sparsityAt } from '../../core/train/network/pruning.ts';
import { prepareForTraining } from '../../core/train/prepare.ts';
import { RECIPE_FIELDS, recipeOf, type Recipe } from '../../core/train/recipe.ts';
import { LAW_NETWORKS } from '../conformance/train-networks.ts';
import { startForTest } from './train-setup.ts';

/** Noise whose mean brightness, by place, says the class: enough to make gradients of. */
function corners(count: number, seed: number): DataSet {
  const random = createRandom(seed);
  const images = new Float32Array(count * 192);
  const labels = Int32Array.from({ length: count }, () => random.integer(0, 5));
  labels.forEach((label, n) => {
    for (let i = 0; i < 192; i++) {
      const [y, x] = [Math.floor(i / 24), Math.floor(i / 3) % 8];
      const bright = [x < 4, x >= 4, y < 4, y >= 4, (x < 4) === (y < 4)][label];
      images[n * 192 + i] = (bright ? 0.8 : -0.8) + random.normal(0, 0.7);
    }
  });
  const samples = { count, images, labels };
  return { name: 'corners', format: 'test', shape: [8, 8, 3], classes: ['0', '1', '2', '3', '4'], train: samples, test: samples, hash: `corners ${count} ${seed}`, notes: [] };
}

const DATA = corners(240, 91);
const IMAGES = DATA.test.images as Float32Array;
const LABELS = DATA.test.labels as Int32Array;
const MODEL = LAW_NETWORKS.residual(92);
const BASE: Recipe = { ...recipeOf(initialValues(RECIPE_FIELDS)), epochs: 3, batch: 30, warmUpSteps: 2, validationShare: 0.25 };
let calibration: Calibration;

beforeAll(async () => {
  await startForTest();
  calibration = await calibrate(MODEL, watchFloat(MODEL), (i) => IMAGES.subarray(i * 192, (i + 1) * 192), 64, { observer: 'mse' });
});

function planOf(scheme: SchemeId): Plan {
  const layers = layersOf(MODEL.graph);
  return Object.fromEntries(layers.map((node, i) => [node.id, { scheme: i === 0 || i === layers.length - 1 ? 'int8' : scheme }]));
}

const train = (scheme: SchemeId, recipe: Partial<Recipe>, changes: Partial<TrainingRequest> = {}): Promise<TrainedNetwork> =>
  trainNetwork({ model: MODEL, plan: planOf(scheme), calibration, teacher: null, data: DATA, preprocess: 'raw', recipe: { ...BASE, ...recipe }, seed: 3, ...changes });

function deployedAccuracy({ model, calibration: trained, split }: TrainedNetwork, scheme: SchemeId): number {
  const runtime = createRuntime(deploy({ model, plan: planOf(scheme), calibration: trained }), createEngine({ variant: 'wasm' }));
  let correct = 0;
  for (const index of split.validation) {
    runtime.run(IMAGES.subarray(index * 192, (index + 1) * 192));
    if (indexOfLargest(runtime.logits) === LABELS[index]) correct++;
  }
  return correct / split.validation.length;
}

const kernelOf = (model: Model, node: LayerNode): Float32Array => model.weights.get(node.weights.kernel) as Float32Array;

describe('A run', () => {
  it.each([
    ['xnor', { shortcuts: 'residual', rprelu: true }],
    ['xnor', { shortcuts: 'none', alpha: 'learned', zeroMean: true, estimator: 'reste' }],
    ['xnor', { shortcuts: 'residual', rprelu: false, alpha: 'exact', estimator: 'ede', ranges: 'learned' }],
    ['ternary', { alpha: 'learned', ranges: 'pact' }],
    ['int4', { weightSteps: 'learned', ranges: 'learned' }],
    ['int4', { tanhWeights: true, sparsity: 0.5 }],
  ] as const)('in %s with %o answers deployed as it answers simulated', async (scheme, recipe) => {
    const result = await train(scheme, recipe);
    expect(Math.abs(deployedAccuracy(result, scheme) - result.simulatedAccuracy)).toBeLessThanOrEqual(1 / result.split.validation.length);
    for (const [id, values] of result.model.weights) expect(values.every(Number.isFinite), id).toBe(true);
  });

  it('with learned scales and ranges moves them, and by default none', async () => {
    const fixed = await train('int4', {});
    const learned = await train('int4', { weightSteps: 'learned', ranges: 'learned' });
    const grids = ({ calibration: { values } }: TrainedNetwork): readonly number[] => Object.keys(calibration.values).map((id) => values[id].grid.scale);
    expect(grids(fixed)).toEqual(Object.values(calibration.values).map(({ grid }) => grid.scale));
    const moved = grids(learned).filter((scale, i) => scale !== grids(fixed)[i]);
    expect(moved.length).toBeGreaterThan(3);
    expect(moved.every((scale) => scale > 0)).toBe(true);
    for (const [layer, { scale }] of Object.entries(learned.calibration.weightScales ?? {})) {
      const before = fixed.calibration.weightScales?.[layer].scale ?? [];
      expect(scale.every((value, k) => value > 0 && Math.abs(value / before[k] - 1) < 0.5)).toBe(true);
      expect([...scale]).not.toEqual([...before]);
    }
  });

  it('with learned scales, pruning and one-bit stages goes on from a checkpoint as if it had never stopped', async () => {
    for (const [scheme, recipe] of [['xnor', { alpha: 'learned', ranges: 'learned' }], ['int4', { weightSteps: 'learned', tanhWeights: true, sparsity: 0.6 }]] as const) {
      const checkpoints: Uint8Array[] = [];
      const whole = await train(scheme, recipe, { report: ({ checkpoint }) => checkpoint && checkpoints.push(checkpoint) });
      const resumed = await train(scheme, recipe, { resume: checkpoints[1] });
      for (const [id, values] of whole.model.weights) expect([...(resumed.model.weights.get(id) ?? [])], id).toEqual([...values]);
      expect(resumed.calibration.hash).toBe(whole.calibration.hash);
    }
  });
});

describe('Frozen layers', () => {
  it('keep weights, scales and batch norm, and pass the gradient on', async () => {
    const layers = layersOf(MODEL.graph);
    const frozen = new Set([layers[1].id, layers[3].id]);
    const { model, calibration: trained } = await train('int8', { weightSteps: 'learned' }, { layers: Object.fromEntries([...frozen].map((id) => [id, { frozen: true }])) });
    const norms = MODEL.graph.nodes.filter(({ op, inputs }) => op === 'batch-norm' && frozen.has(inputs[0]));
    expect(norms.length).toBe(2);
    for (const node of [...layers.filter(({ id }) => frozen.has(id)), ...norms]) {
      for (const id of Object.values<string>(node.weights)) expect([...(model.weights.get(id) ?? [])], id).toEqual([...(MODEL.weights.get(id) ?? [])]);
    }
    for (const node of layers.filter(({ id }) => !frozen.has(id))) expect([...kernelOf(model, node)], node.id).not.toEqual([...kernelOf(MODEL, node)]);
    const free = await train('int8', { weightSteps: 'learned', epochs: 1 }, {});
    expect([...(trained.weightScales?.[layers[1].id].scale ?? [])]).not.toEqual([...(free.calibration.weightScales?.[layers[1].id].scale ?? [])]);
  });
});

describe('Pruning', () => {
  it('follows a cubic schedule and stands still in the last third', () => {
    expect([0, 1 / 3, 2 / 3, 0.8, 1].map((progress) => sparsityAt(progress, 0.8))).toEqual([0, 0.8 * 0.875, 0.8, 0.8, 0.8].map((value) => expect.closeTo(value, 10)));
  });

  it.each(['int8', 'int4', 'ternary'] as const)('leaves the asked share of zeros in %s layers, or what is asked of one layer', async (scheme) => {
    const layers = layersOf(MODEL.graph);
    const { model } = await train(scheme, { sparsity: 0.5 }, { layers: { [layers[1].id]: { sparsity: 0.9 }, [layers[2].id]: { sparsity: 0 } } });
    layers.forEach((node, i) => {
      const kernel = kernelOf(model, node);
      const zeros = kernel.reduce((count, weight) => count + Number(weight === 0), 0);
      expect(zeros / kernel.length, node.id).toBeCloseTo([0.5, 0.9, 0][i] ?? 0.5, 1);
    });
  });

  it('leaves one-bit layers alone', async () => {
    const { model } = await train('binary', { sparsity: 0.5 });
    const [, node] = layersOf(model.graph);
    expect(kernelOf(model, node).every((weight) => weight !== 0)).toBe(true);
  });
});

describe('A sign behind a ReLU', () => {
  const [, layer] = layersOf(MODEL.graph);

  /** The second convolution with a threshold of its own, as another program may have left it; the shortcut needs its ReLU. */
  function withThreshold(value: number): Model {
    const channels = MODEL.graph.weights[layer.weights.kernel].shape[2];
    const nodes = MODEL.graph.nodes.map((node) => (node.id === layer.id ? { ...node, weights: { ...node.weights, shift: 'shift' } } : node)) as Model['graph']['nodes'];
    const graph = { ...MODEL.graph, nodes, weights: { ...MODEL.graph.weights, shift: { shape: [channels] } } };
    return { graph, weights: new Map([...MODEL.weights, ['shift', new Float32Array(channels).fill(value)]]) };
  }

  const prepare = (model: Model): unknown => prepareForTraining(model, { [layer.id]: { scheme: 'xnor' } }, calibration, { ...BASE, samples: () => IMAGES.subarray(0, 32 * 192) });

  it('is refused before a step is made, with the layer, the reason and what to do', () => {
    let refused: unknown;
    try {
      prepare(withThreshold(0));
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ message: expect.stringMatching(/learn nothing.*never below 0.*is \+1/), where: layer.id, next: expect.stringContaining('float network') });
  });

  it('is taken where its threshold lies above zero, or where the studio puts one there', () => {
    expect(() => prepare(withThreshold(-0.3))).not.toThrow();
    expect(() => prepare(MODEL)).not.toThrow();
  });
});
