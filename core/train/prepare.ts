import { StudioError } from '../base/errors.ts';
import { isLayer, layersOf, type Model } from '../graph/graph.ts';
import { prepareOneBitLayers } from '../graph/passes/xnor-surgery.ts';
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

/** The network that training starts from: checked, with the thresholds of its one-bit layers in place. */
export function prepareForTraining(model: Model, plan: Plan, calibration: Calibration): Model {
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
  return prepareOneBitLayers(model, layers, (value) => statisticsOf(calibration, value, model.graph).twoLevel);
}
