import { StudioError } from '../base/errors.ts';
import { isLayer, layersOf, type Model } from '../graph/graph.ts';
import { insertBatchNorms, normOf, type ResultStatistics } from '../graph/passes/insert-batch-norm.ts';
import { prepareOneBitLayers, type TwoLevelFit } from '../graph/passes/xnor-surgery.ts';
import type { Calibration } from '../quant/calibration.ts';
import { statisticsOf } from '../runtime/layer-arithmetic.ts';
import { choiceOf, refusalsOf } from '../schemes/layer-facts.ts';
import { SCHEMES } from '../schemes/index.ts';
import type { Plan } from '../schemes/scheme.ts';

/** Layers whose input is stored as signs. */
export function oneBitLayers(model: Model, plan: Plan): ReadonlySet<string> {
  const takesSigns = (id: string): boolean => {
    const { scheme, options } = choiceOf(plan, id);
    return SCHEMES[scheme].inputFormat(options) === 'sign';
  };
  return new Set(layersOf(model.graph).flatMap(({ id }) => (takesSigns(id) ? [id] : [])));
}

export interface PreparedNetwork {
  readonly model: Model;
  /** Without what was measured of values that are on another scale now. */
  readonly calibration: Calibration;
}

/** The network that training starts from: checked, with the thresholds of its one-bit layers in place. */
export function prepareForTraining(model: Model, plan: Plan, calibration: Calibration): PreparedNetwork {
  for (const node of model.graph.nodes) {
    if (node.op === 'unknown') {
      throw new StudioError(`${node.id} is a ${node.attributes.sourceOp}, which the trainer does not run.`, { where: node.id, next: 'Train a network without it.' });
    }
    if (!isLayer(node)) continue;
    const { scheme } = choiceOf(plan, node.id);
    const refusal = refusalsOf(model.graph, node)[scheme];
    if (refusal) throw new StudioError(`${node.id} cannot be ${SCHEMES[scheme].name}: ${refusal}`, { where: node.id, next: 'Choose another precision for this layer.' });
  }
  const layers = oneBitLayers(model, plan);
  if (layers.size === 0) return { model, calibration };
  const normed = insertBatchNorms(model, layers, (layer) => resultOf(calibration, layer, model));
  const surgery = prepareOneBitLayers(normed, layers, rescalableLayers(model, plan), (layer) => fitOf(calibration, layer, model));
  // An inserted batch norm starts as the identity: what was measured of its layer holds for it.
  const inserted = [...layers].flatMap((layer) => {
    const known = calibration.values[layer];
    return known && !(normOf(layer) in calibration.values) ? [[normOf(layer), known] as const] : [];
  });
  const values = Object.fromEntries([...Object.entries(calibration.values), ...inserted].filter(([id]) => !surgery.rescaled.has(id)));
  return { model: surgery.model, calibration: { ...calibration, values } };
}

/** Layers whose weights may take any scale: those whose latent weights are kept within ±1 may not. */
function rescalableLayers(model: Model, plan: Plan): ReadonlySet<string> {
  return new Set(layersOf(model.graph).flatMap(({ id }) => (SCHEMES[choiceOf(plan, id).scheme].weights?.clipsLatents ? [] : [id])));
}

/** Of the value that the layer reads in the network as it came. */
function fitOf(calibration: Calibration, layer: string, { graph }: Model): TwoLevelFit {
  const node = graph.nodes.find((candidate) => candidate.id === layer);
  return statisticsOf(calibration, node?.inputs[0] ?? '', graph).twoLevel;
}

function resultOf(calibration: Calibration, layer: string, { graph }: Model): ResultStatistics {
  const found = calibration.layers[layer];
  if (found) return found;
  throw new StudioError(`The results of ${layer} have not been measured.`, { where: graph.name, next: 'Open a data set, so that calibration can run.' });
}
