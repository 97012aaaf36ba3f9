import type { NodeId } from '../graph/graph.ts';
import { choiceOf } from '../schemes/layer-facts.ts';
import { SCHEMES } from '../schemes/index.ts';
import type { Plan } from '../schemes/scheme.ts';
import { checkValues, flag, range, type FieldTable, type OptionValues } from '../quant/fields.ts';

/** What a run does with one layer besides its precision. The page reads this file: it must not import the training library. */
export const LAYER_FIELDS = {
  frozen: flag(false, 'Frozen', 'weights, scales and the batch norm behind stay as they are'),
  sparsity: range(0, 0.95, 0.05, 0, 'Pruning', 'share of the weights that become zero, in place of the recipe’s'),
} as const satisfies FieldTable;

export interface LayerChoices {
  /** Weights, scales and the batch norm behind the layer stay as they are. */
  readonly frozen?: boolean;
  /** Share of zero weights at the end, in place of the recipe's. One-bit codes have no zero: there it does nothing. */
  readonly sparsity?: number;
}

/** Layers that are not named follow the recipe. */
export type ChoicesByLayer = Readonly<Record<NodeId, LayerChoices>>;

/** A sentence for the first choice that does not fit; null where all do. */
export function checkLayerChoices(choices: ChoicesByLayer, layers: readonly NodeId[]): string | null {
  const unknown = Object.keys(choices).find((layer) => !layers.includes(layer));
  if (unknown !== undefined) return `There is no layer "${unknown}"; the layers are ${layers.join(', ')}.`;
  for (const [layer, chosen] of Object.entries(choices)) {
    const { problem } = checkValues(LAYER_FIELDS, chosen as OptionValues);
    if (problem) return `${layer}: ${problem}`;
  }
  return null;
}

/** Without the choices that say nothing, so that equal choices are equal texts. */
export function withChoice(choices: ChoicesByLayer, layer: NodeId, change: LayerChoices): ChoicesByLayer {
  const { frozen, sparsity } = { ...choices[layer], ...change };
  const { [layer]: _before, ...others } = choices;
  if (!frozen && sparsity === undefined) return others;
  return { ...others, [layer]: { ...(frozen ? { frozen } : {}), ...(sparsity === undefined ? {} : { sparsity }) } };
}

export function frozenLayers(choices: ChoicesByLayer): ReadonlySet<NodeId> {
  return new Set(Object.keys(choices).filter((layer) => choices[layer].frozen));
}

/** One-bit codes have no zero. */
export function canPrune(plan: Plan, layer: NodeId): boolean {
  return SCHEMES[choiceOf(plan, layer).scheme].bitsPerWeight > 1;
}
