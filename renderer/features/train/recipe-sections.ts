import type { Field, FieldTable } from '../../../core/quant/fields.ts';

/** A field with its hint in the place where it fits. */
export interface RecipeEntry extends Hint {
  readonly name: string;
  readonly field: Field;
}

export interface RecipeSection {
  readonly title: string;
  readonly note?: string;
  readonly fields: readonly RecipeEntry[];
}

/** Where the known fields stand. A field that the trainer gains later appears under "More" by itself. */
const PLACES = [
  { title: 'Goal', names: ['teacherShare', 'temperature'] },
  { title: 'Schedule', names: ['epochs', 'batch', 'optimiser', 'learningRate', 'warmUpSteps', 'weightDecay'] },
  { title: 'Stages', note: 'only for XNOR layers', names: ['hardtanhShare', 'signShare', 'estimator', 'shortcuts', 'rprelu'] },
  { title: 'Quantisers', names: ['alpha', 'zeroMean', 'weightSteps', 'tanhWeights', 'ranges', 'sparsity'] },
  { title: 'Data', names: ['trainSamples', 'augment', 'validationShare', 'reEstimate'] },
] as const;

export function recipeSections(fields: FieldTable): readonly RecipeSection[] {
  const entry = (name: string) => ({ name, field: fields[name], ...hintOf(fields[name]) });
  const placed = new Set<string>(PLACES.flatMap((place) => place.names));
  const rest = Object.keys(fields).filter((name) => !placed.has(name));
  const sections: RecipeSection[] = PLACES.map((place) => ({
    title: place.title,
    note: 'note' in place ? place.note : undefined,
    fields: place.names.filter((name) => Object.hasOwn(fields, name)).map(entry),
  }));
  return [...sections, { title: 'More', fields: rest.map(entry) }].filter((section) => section.fields.length > 0);
}

/** Longer hints would crowd the number, or run over a line of the pane. */
const UNIT_LENGTH = 20;
const NOTE_LENGTH = 30;

interface Hint {
  readonly unit: string;
  readonly note: string;
  readonly help: string;
}

/** A short hint of a number stands behind it like a unit, a longer one on a line below, the longest on the label. */
function hintOf({ kind, hint }: Field): Hint {
  const none = { unit: '', note: '', help: '' };
  if (kind === 'range' && hint.length <= UNIT_LENGTH) return { ...none, unit: hint };
  return hint.length <= NOTE_LENGTH ? { ...none, note: hint } : { ...none, help: hint };
}
