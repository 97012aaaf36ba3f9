import { StudioError } from '../base/errors.ts';
import { isLayer, layersOf, type Model } from '../graph/graph.ts';
import { insertBatchNorms, normOf, type ResultStatistics } from '../graph/passes/insert-batch-norm.ts';
import { addShortcuts } from '../graph/passes/one-bit-shortcuts.ts';
import { prepareOneBitLayers, type TwoLevelFit } from '../graph/passes/xnor-surgery.ts';
import type { Calibration } from '../quant/calibration.ts';
import { statisticsOf } from '../runtime/layer-arithmetic.ts';
import { choiceOf, refusalsOf } from '../schemes/layer-facts.ts';
import { SCHEMES } from '../schemes/index.ts';
import type { Plan } from '../schemes/scheme.ts';
import { refuseConstantSigns } from './constant-signs.ts';
import { measureChanged } from './measure.ts';
import type { Recipe } from './recipe.ts';

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

export interface Preparation extends Pick<Recipe, 'shortcuts' | 'rprelu'> {
  /** A few preprocessed samples end to end: what shortcuts change is measured on them. */
  readonly samples: () => Float32Array;
}

/**
 * The network that training starts from: checked, with the shortcuts and thresholds of its one-bit layers in place. Call
 * `startBackend` first.
 */
export function prepareForTraining(model: Model, plan: Plan, calibration: Calibration, preparation: Preparation): PreparedNetwork {
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
  // An inserted batch norm starts as the identity: what was measured of its layer holds for it.
  const inserted = [...layers].flatMap((layer) => {
    const known = calibration.values[layer];
    return known && !(normOf(layer) in calibration.values) ? [[normOf(layer), known] as const] : [];
  });
  const wired = withShortcuts(normed, layers, { ...calibration.values, ...Object.fromEntries(inserted) }, preparation);
  const surgery = prepareOneBitLayers(wired.model, layers, rescalableLayers(model, plan), (layer) => fitOf(wired.values, layer, wired.model));
  refuseConstantSigns(surgery.model, layers);
  const values = Object.fromEntries(Object.entries(wired.values).filter(([id]) => !surgery.rescaled.has(id)));
  return { model: surgery.model, calibration: { ...calibration, values } };
}

/** With shortcuts around one-bit convolutions where the recipe wants them, and what changed by that measured anew. */
function withShortcuts(model: Model, layers: ReadonlySet<string>, values: Calibration['values'], { shortcuts, rprelu, samples }: Preparation): { readonly model: Model; readonly values: Calibration['values'] } {
  const isResidual = model.graph.nodes.some((node) => node.op === 'add');
  if (shortcuts === 'none' || (shortcuts === 'residual' && !isResidual)) return { model, values };
  const { model: wired, changed } = addShortcuts(model, layers, { rprelu });
  if (changed.size === 0) return { model, values };
  const measured = measureChanged(wired, changed, samples());
  const kept = Object.entries(values).filter(([id]) => !changed.has(id));
  return { model: measured.model, values: { ...Object.fromEntries(kept), ...measured.values } };
}

/** Layers whose weights may take any scale: those whose latent weights are kept within ±1 may not. */
function rescalableLayers(model: Model, plan: Plan): ReadonlySet<string> {
  return new Set(layersOf(model.graph).flatMap(({ id }) => (SCHEMES[choiceOf(plan, id).scheme].weights?.clipsLatents ? [] : [id])));
}

/** Of the value that the layer reads in the network as it came. */
function fitOf(values: Calibration['values'], layer: string, { graph }: Model): TwoLevelFit {
  const node = graph.nodes.find((candidate) => candidate.id === layer);
  const { twoLevel } = statisticsOf({ values }, node?.inputs[0] ?? '', graph);
  if (twoLevel.halfStep.some((step) => step > 0)) return twoLevel;
  throw new StudioError(`${layer} would learn nothing: its input "${node?.inputs[0]}" was the same number in every calibration image, so that one bit of it says nothing.`, {
    where: layer,
    next: `Choose another precision for ${layer}, and check that the images are prepared as the network expects.`,
  });
}

function resultOf(calibration: Calibration, layer: string, { graph }: Model): ResultStatistics {
  const found = calibration.layers[layer];
  if (found) return found;
  throw new StudioError(`The results of ${layer} have not been measured.`, { where: graph.name, next: 'Open a data set, so that calibration can run.' });
}
