import { isLayer, type GraphNode, type Model, type NodeId, type WeightId } from '../../graph/graph.ts';
import { arrayOps, fullTensor } from '../../quant/array-ops.ts';
import type { Calibration, TrainedScale } from '../../quant/calibration.ts';
import type { WeightFormula } from '../../quant/formula.ts';
import { quantiseKernel } from '../../runtime/layer-arithmetic.ts';
import { levelsIn } from '../../quant/two-levels.ts';
import { choiceOf, layerFacts } from '../../schemes/layer-facts.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { Plan } from '../../schemes/scheme.ts';
import type { QuantiserTraining } from '../recipe.ts';
import { LearnedScale, ratioOf } from './learned-scale.ts';
import { replaceValue, type Parameters } from './parameters.ts';
import { tanhTransform, ZERO_MEAN, type WeightTransform } from './weight-transform.ts';
import { learnedLevels, type LayerQuantiser } from './weights.ts';

/** How each quantised layer's weights become codes. Scales that do not follow the weights start here, from the weights as they are. */
export function quantisersOf(model: Model, plan: Plan, calibration: Calibration, parameters: Parameters, training: QuantiserTraining): ReadonlyMap<string, LayerQuantiser> {
  const result = new Map<string, LayerQuantiser>();
  for (const node of model.graph.nodes) {
    if (!isLayer(node)) continue;
    const { scheme, options } = choiceOf(plan, node.id);
    const formula = SCHEMES[scheme].weights;
    if (!formula) continue;
    const channels = layerFacts(model.graph, node).outputChannels;
    const kernel = model.weights.get(node.weights.kernel) as Float32Array;
    const start = (): Float32Array => quantiseKernel(kernel, channels, plan, node.id, calibration).scale;
    const learn = (values: Float32Array): LearnedScale => new LearnedScale(parameters, scaleOfLayer(node.id), values);
    const twoLevels = formula.levels(options) === 2;
    const scale: LayerQuantiser['scale'] =
      twoLevels && training.alpha === 'learned'
        ? { kind: 'levels', learned: learn(magnitudesOf(quantiseKernel(kernel, channels, plan, node.id, calibration), channels)) }
        : scaleOf(formula, twoLevels ? { ...training, alpha: 'detached' } : training, start, learn);
    const transform = transformOf(node, kernel, formula, parameters, training);
    if (transform) replaceValue(parameters.variable(node.weights.kernel), transform.inverse(kernel));
    result.set(node.id, { layer: node.id, scheme, formula, options, channels, transform, scale });
  }
  return result;
}

const scaleOfLayer = (layer: NodeId): string => `scale of ${layer}`;

/** The variable of a layer's learned scale. */
export const scaleRatioOf = (layer: NodeId): WeightId => ratioOf(scaleOfLayer(layer));

function scaleOf(formula: WeightFormula, { alpha, weightSteps }: QuantiserTraining, start: () => Float32Array, learn: (values: Float32Array) => LearnedScale): LayerQuantiser['scale'] {
  const recomputed = formula.trainedScale === 'recomputed';
  if (recomputed ? alpha === 'learned' : weightSteps === 'learned') return { kind: 'learned', learned: learn(start()) };
  return recomputed ? { kind: 'recomputed', exact: alpha === 'exact' } : { kind: 'fixed', values: start() };
}

function transformOf(node: GraphNode, kernel: Float32Array, { trainedScale }: WeightFormula, parameters: Parameters, { zeroMean, tanhWeights }: QuantiserTraining): WeightTransform | null {
  if (trainedScale === 'recomputed') return zeroMean ? ZERO_MEAN : null;
  if (!tanhWeights) return null;
  const largest = kernel.reduce((top, weight) => Math.max(top, Math.abs(weight)), 0);
  return tanhTransform(parameters.addStatistic(`largest weight of ${node.id}`, Float32Array.of(largest)));
}

/** Learned scales of weights that were real until now start from these weights. */
export function restartScale({ scale, formula, options, channels }: LayerQuantiser, weights: Float32Array): void {
  if (scale.kind === 'learned') scale.learned.restart(formula.scale(arrayOps, fullTensor(weights, channels), options).data);
}

/** Of the positive codes and then of the negative ones, [2·channels]. */
function magnitudesOf({ codes, scale }: { readonly codes: Int8Array; readonly scale: Float32Array }, channels: number): Float32Array {
  const levels = levelsIn(codes, channels);
  const magnitude = (shift: number) => (pair: number, k: number) => ((pair >> shift) & 0xff) * scale[k];
  return Float32Array.of(...Array.from(levels, magnitude(0)), ...Array.from(levels, magnitude(8)));
}

/** Scales that the weights alone do not give: the deployed layer needs them. */
export function keptScale({ scheme, scale }: LayerQuantiser): TrainedScale | null {
  switch (scale.kind) {
    case 'recomputed':
      return null;
    case 'fixed':
      return { scheme, scale: scale.values };
    case 'learned':
      return { scheme, scale: scale.learned.current() };
    case 'levels':
      return { scheme, ...learnedLevels(scale.learned) };
  }
}
