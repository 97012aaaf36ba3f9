import type { NodeId } from '../graph/graph.ts';
import type { Field, OptionValue, OptionValues } from '../quant/fields.ts';
import { choiceOf, choiceText } from '../schemes/layer-facts.ts';
import { SCHEMES } from '../schemes/index.ts';
import type { Plan } from '../schemes/scheme.ts';
import type { ChoicesByLayer } from './layer-choices.ts';
import { RECIPE_FIELDS, type Recipe } from './recipe.ts';

/** What a person chose for a run. The page reads this file: it must not import the training library. */
export interface RunChoices {
  readonly recipe: OptionValues | Recipe;
  readonly plan: Plan;
  readonly layers: ChoicesByLayer;
}

/** They say which samples are trained on and which judge: after a change, samples that were trained on would judge. */
const SPLITTING: ReadonlySet<string> = new Set(['trainSamples', 'validationShare'] satisfies (keyof Recipe)[]);

/** Whether a paused run may go on with another value. */
export function mayChange(field: string): boolean {
  return !SPLITTING.has(field);
}

/** Recipe fields whose values differ. */
export function changedFields(before: RunChoices, after: RunChoices): readonly string[] {
  const value = ({ recipe }: RunChoices, name: string): OptionValue => (recipe as OptionValues)[name] ?? fieldOf(name).initial;
  return Object.keys(RECIPE_FIELDS).filter((name) => value(before, name) !== value(after, name));
}

export function changedLayers(before: Plan, after: Plan): readonly NodeId[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((layer) => choiceText(before[layer]) !== choiceText(after[layer]));
}

/** One sentence part a change: "Learning rate 0.003 → 0.001", "conv2 INT8 → INT4", "3 layers INT8 → XNOR". */
export function describeChanges(before: RunChoices, after: RunChoices): readonly string[] {
  const fields = changedFields(before, after).map((name) => {
    const field = fieldOf(name);
    const write = ({ recipe }: RunChoices): string => writeValue(field, (recipe as OptionValues)[name] ?? field.initial);
    return `${field.label} ${write(before)} → ${write(after)}`;
  });
  return [...fields, ...describeLayers(before.plan, after.plan), ...describeChoices(before.layers, after.layers)];
}

function describeLayers(before: Plan, after: Plan): readonly string[] {
  const moves = new Map<string, NodeId[]>();
  for (const layer of changedLayers(before, after)) {
    const [from, to] = [before, after].map((plan) => SCHEMES[choiceOf(plan, layer).scheme].name);
    const move = from === to ? `${to} with other options` : `${from} → ${to}`;
    moves.set(move, [...(moves.get(move) ?? []), layer]);
  }
  return writeMoves(moves);
}

function writeMoves(moves: ReadonlyMap<string, readonly NodeId[]>): readonly string[] {
  return [...moves].map(([move, layers]) => `${layers.length === 1 ? layers[0] : `${layers.length} layers`} ${move}`);
}

/** "conv1 frozen", "2 layers pruned to 0.5". */
function describeChoices(before: ChoicesByLayer, after: ChoicesByLayer): readonly string[] {
  const moves = new Map<string, NodeId[]>();
  const note = (move: string, layer: NodeId): void => void moves.set(move, [...(moves.get(move) ?? []), layer]);
  for (const layer of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [from, to] = [before[layer] ?? {}, after[layer] ?? {}];
    if (Boolean(from.frozen) !== Boolean(to.frozen)) note(to.frozen ? 'frozen' : 'no longer frozen', layer);
    if (from.sparsity !== to.sparsity) note(to.sparsity === undefined ? 'pruned as the recipe says' : `pruned to ${to.sparsity}`, layer);
  }
  return writeMoves(moves);
}

function fieldOf(name: string): Field {
  return (RECIPE_FIELDS as Readonly<Record<string, Field>>)[name];
}

function writeValue(field: Field, value: OptionValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return field.kind === 'choice' ? (field.choices.find(({ id }) => id === value)?.label ?? String(value)) : String(value);
}
