import { planUniformly } from '../../core/analysis/plans.ts';
import { layersOf, type Graph } from '../../core/graph/graph.ts';
import { layerFacts } from '../../core/schemes/layer-facts.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import type { Recipe } from '../../core/train/recipe.ts';
import type { SubjectId } from './subjects.ts';

/** One row of the table. */
export interface ResultCase {
  readonly id: string;
  readonly title: string;
  readonly subject: SubjectId;
  readonly plan: (graph: Graph) => Plan;
  /** Null: calibration alone. */
  readonly recipe: Partial<Recipe> | null;
  /** Points lost against float32, or the share of answers that are float32's. */
  readonly measure: 'drop' | 'agreement';
  /** Float32 trained further with the same recipe and seed is what the drop is counted from; otherwise float32 as it came. */
  readonly alike: boolean;
  readonly required: number;
  readonly aim: number;
}

const uniform = (scheme: SchemeId) => (graph: Graph): Plan => planUniformly(graph, scheme).plan;

/** Xnor for the 3×3 convolutions with at least so many channels, int8 for the rest (METHODS §6: 1×1 shortcuts keep 8 bits). */
const residualXnor = (channels: number) => (graph: Graph): Plan => {
  const { plan } = planUniformly(graph, 'xnor');
  const kept = layersOf(graph).filter((layer) => {
    const { kernelShape, outputChannels } = layerFacts(graph, layer);
    return layer.op === 'conv2d' && (kernelShape[0] === 1 || outputChannels < channels);
  });
  return { ...plan, ...Object.fromEntries(kept.map(({ id }) => [id, { scheme: 'int8' }])) };
};

const residualPoints = (scheme: SchemeId) => (graph: Graph): Plan => {
  const { plan } = planUniformly(graph, scheme);
  const points = layersOf(graph).filter((layer) => layer.op === 'conv2d' && layerFacts(graph, layer).kernelShape[0] === 1);
  return { ...plan, ...Object.fromEntries(points.map(({ id }) => [id, { scheme: 'int8' }])) };
};

/** Steps of 100: 56,000 images, a thousand of them held out, are 550 steps an epoch. */
const EPOCH: Partial<Recipe> = { batch: 100, trainSamples: 56_000, epochs: 1 };
/** A teacher that has seen the images answers nearly 0 or 1: at temperature 3 its doubts are heard. */
const XNOR: Partial<Recipe> = { learningRate: 0.003, temperature: 3, hardtanhShare: 0, signShare: 0.3 };
const XNOR_800: Partial<Recipe> = { ...XNOR, batch: 100, trainSamples: 41_000, epochs: 2 };
const XNOR_2750: Partial<Recipe> = { ...EPOCH, ...XNOR, epochs: 5 };
const SHORT: Partial<Recipe> = { batch: 32, epochs: 3, learningRate: 0.001, augment: 'crop-flip' };
const LONG: Partial<Recipe> = { batch: 32, epochs: 10, learningRate: 0.001, augment: 'crop-flip' };
const XNOR_LONG: Partial<Recipe> = { batch: 32, epochs: 20, learningRate: 0.003, augment: 'crop-flip' };

const calibrated = { recipe: null, alike: false } as const;

export const CASES: readonly ResultCase[] = [
  { id: 'int8-lenet', title: 'int8 after calibration', subject: 'lenet-fashion', plan: uniform('int8'), ...calibrated, measure: 'drop', required: 0.2, aim: 0.1 },
  { id: 'int8-resnet8', title: 'int8 after calibration', subject: 'resnet8-lossless', plan: uniform('int8'), ...calibrated, measure: 'agreement', required: 98.5, aim: 99.5 },
  { id: 'int4-lenet', title: '4-bit weights, 8-bit activations, after calibration', subject: 'lenet-fashion', plan: uniform('int4'), ...calibrated, measure: 'drop', required: 0.4, aim: 0.1 },
  { id: 'int4-resnet8', title: '4-bit weights, 8-bit activations, after calibration', subject: 'resnet8-lossless', plan: uniform('int4'), ...calibrated, measure: 'agreement', required: 93, aim: 96 },
  { id: 'xnor-preview', title: 'xnor without training', subject: 'lenet-fashion', plan: uniform('xnor'), ...calibrated, measure: 'drop', required: 7, aim: 4 },
  { id: 'ternary-lenet', title: 'ternary, 550 steps of 100', subject: 'lenet-fashion', plan: uniform('ternary'), recipe: { ...EPOCH, learningRate: 0.001 }, alike: false, measure: 'drop', required: 0.4, aim: 0.1 },
  { id: 'binary-lenet', title: 'binary weights, 550 steps of 100', subject: 'lenet-fashion', plan: uniform('binary'), recipe: { ...EPOCH, learningRate: 0.001 }, alike: false, measure: 'drop', required: 0.5, aim: 0.2 },
  { id: 'xnor-lenet-800', title: 'xnor, 800 steps of 100', subject: 'lenet-fashion', plan: uniform('xnor'), recipe: XNOR_800, alike: false, measure: 'drop', required: 1.3, aim: 0.6 },
  { id: 'xnor-lenet-2750', title: 'xnor, 2,750 steps of 100', subject: 'lenet-fashion', plan: uniform('xnor'), recipe: XNOR_2750, alike: false, measure: 'drop', required: 0.6, aim: 0 },
  { id: 'xnor-mnist', title: 'xnor, 2,750 steps of 100', subject: 'lenet-mnist', plan: uniform('xnor'), recipe: XNOR_2750, alike: false, measure: 'drop', required: 0.3, aim: 0.1 },
  { id: 'int4-resnet8-tuned', title: '4-bit weights, 8-bit activations, 3 epochs', subject: 'resnet8-jpeg', plan: uniform('int4'), recipe: SHORT, alike: true, measure: 'drop', required: 0.8, aim: 0.3 },
  { id: 'ternary-resnet8', title: 'ternary, 10 epochs', subject: 'resnet8-jpeg', plan: residualPoints('ternary'), recipe: LONG, alike: true, measure: 'drop', required: 2.5, aim: 1.2 },
  { id: 'binary-resnet8', title: 'binary weights, 10 epochs', subject: 'resnet8-jpeg', plan: residualPoints('binary'), recipe: LONG, alike: true, measure: 'drop', required: 3, aim: 1.5 },
  { id: 'xnor-resnet8-stacks', title: 'xnor in stacks 2 and 3, 20 epochs', subject: 'resnet8-jpeg', plan: residualXnor(32), recipe: XNOR_LONG, alike: true, measure: 'drop', required: 6, aim: 3 },
  { id: 'xnor-resnet8', title: 'xnor in the whole middle, 20 epochs', subject: 'resnet8-jpeg', plan: residualXnor(16), recipe: XNOR_LONG, alike: true, measure: 'drop', required: 11, aim: 7 },
];
