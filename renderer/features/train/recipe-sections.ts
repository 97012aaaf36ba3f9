import type { Field, FieldTable } from '../../../core/quant/fields.ts';

export interface RecipeSection {
  readonly title: string;
  readonly note?: string;
  readonly fields: readonly { readonly name: string; readonly field: Field; readonly unit: string }[];
}

/** Written after the number. */
export const RECIPE_UNITS: Readonly<Record<string, string>> = {
  batch: 'images',
  trainSamples: 'images',
  validationSamples: 'images',
  temperature: '×',
  warmUpSteps: 'steps',
};

/** Where the known fields stand. A field that the trainer gains later appears under "More" by itself. */
const PLACES = [
  { title: 'Goal', names: ['teacherShare', 'temperature', 'loss'] },
  { title: 'Schedule', names: ['epochs', 'batch', 'optimiser', 'learningRate', 'warmUpSteps', 'warmUp', 'weightDecay'] },
  { title: 'Stages', note: 'only for XNOR layers', names: ['hardtanhShare', 'signShare', 'stageOne', 'stageTwo'] },
  { title: 'Data', names: ['augment', 'trainSamples', 'validation', 'validationShare', 'validationSamples'] },
] as const;

export function recipeSections(fields: FieldTable, units: Readonly<Record<string, string>>): readonly RecipeSection[] {
  const entry = (name: string) => ({ name, field: fields[name], unit: units[name] ?? '' });
  const placed = new Set<string>(PLACES.flatMap((place) => place.names));
  const rest = Object.keys(fields).filter((name) => !placed.has(name));
  const sections: RecipeSection[] = PLACES.map((place) => ({
    title: place.title,
    note: 'note' in place ? place.note : undefined,
    fields: place.names.filter((name) => Object.hasOwn(fields, name)).map(entry),
  }));
  return [...sections, { title: 'More', fields: rest.map(entry) }].filter((section) => section.fields.length > 0);
}
