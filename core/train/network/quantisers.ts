import { isLayer, type GraphNode, type Model } from '../../graph/graph.ts';
import { arrayOps, fullTensor } from '../../quant/array-ops.ts';
import type { Calibration } from '../../quant/calibration.ts';
import type { WeightFormula } from '../../quant/formula.ts';
import { quantiseKernel } from '../../runtime/layer-arithmetic.ts';
import { choiceOf, layerFacts } from '../../schemes/layer-facts.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { Plan } from '../../schemes/scheme.ts';
import type { QuantiserTraining } from '../recipe.ts';
import { LearnedScale } from './learned-scale.ts';
import { replaceValue, type Parameters } from './parameters.ts';
import { tanhTransform, ZERO_MEAN, type WeightTransform } from './weight-transform.ts';
import type { LayerQuantiser } from './weights.ts';

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
    const scale = scaleOf(formula, training, start, (values) => new LearnedScale(parameters, `scale of ${node.id}`, values));
    const transform = transformOf(node, kernel, formula, parameters, training);
    if (transform) replaceValue(parameters.variable(node.weights.kernel), transform.inverse(kernel));
    result.set(node.id, { layer: node.id, scheme, formula, options, channels, transform, scale });
  }
  return result;
}

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

/** Scales that the weights alone do not give: the deployed layer needs them. */
export function keptScale({ scale }: LayerQuantiser): Float32Array | null {
  return scale.kind === 'recomputed' ? null : scale.kind === 'fixed' ? scale.values : scale.learned.current();
}
