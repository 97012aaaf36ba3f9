import type { Formats } from '../../../core/base/format.ts';
import { join } from '../../../core/base/format.ts';
import { mcnemarExact } from '../../../core/analysis/statistics.ts';
import { findFlips, planRows } from '../../../core/analysis/comparison.ts';
import type { DataSet } from '../../../core/data/data-set.ts';
import { layersOf } from '../../../core/graph/graph.ts';
import type { Project } from '../../../core/project/schema.ts';
import { SCHEMES } from '../../../core/schemes/index.ts';
import type { ActivityState } from '../../state/activity.ts';
import { COLUMN_LETTERS } from '../../state/comparing.ts';
import { ORIGINAL } from '../../state/edits/new-project.ts';
import { insightKey } from '../../state/keys.ts';
import type { ActiveNetwork } from '../../state/select/network.ts';
import { sizeOf } from '../../state/select/network.ts';
import type { LayerRow } from './layer-rows.tsx';
import type { ScatterPoint } from './scatter.ts';
import { accuracyChange, sharedAnswers, significance, type SharedAnswers, type VariantNumbers } from './view-model.ts';

export type Known = Pick<ActivityState, 'evaluations' | 'speeds' | 'insights'>;
type NetworkOf = (variant: string) => ActiveNetwork;

export function numbersOf(network: ActiveNetwork, known: Known): VariantNumbers {
  return {
    id: network.variant.id,
    name: network.variant.name,
    bytes: sizeOf(network.graph, network.plan).totalBytes,
    floatBytes: network.project.source.floatBytes,
    evaluation: known.evaluations[network.key] ?? null,
    speed: known.speeds[network.key] ?? null,
  };
}

/** "24.1 KB · 84.6 %", with what is not measured left out. */
export function factsText(numbers: VariantNumbers, formats: Formats): string {
  const size = join(formats.size(numbers.bytes));
  return numbers.evaluation ? `${size} · ${formats.percent(numbers.evaluation.accuracy, 1)}` : `${size} · not measured`;
}

export function letterOf(columns: readonly string[], id: string): string | null {
  const position = columns.indexOf(id);
  return position < 0 ? null : COLUMN_LETTERS[position];
}

/** Layers of the source in order; surgery keeps their names. */
export function layerRows(project: Project, columns: readonly string[], networkOf: NetworkOf, known: Known, formats: Formats): readonly (LayerRow & { readonly differs: boolean })[] {
  const networks = columns.map(networkOf);
  const active = project.variants[project.active];
  const inWork = planRows(layersOf(project.source.graph).map((layer) => layer.id), [active.plan, ...networks.map((network) => network.plan)]);
  const rows = planRows(layersOf(project.source.graph).map((layer) => layer.id), networks.map((network) => network.plan));
  return rows.map((row, index) => ({
    layer: row.layer,
    differs: row.differs,
    cells: networks.map((network, column) => {
      const choice = row.choices[column];
      const decibels = known.insights[insightKey(network, row.layer)]?.weightSqnr[choice.scheme];
      const bytes = sizeOf(network.graph, network.plan).nodes[row.layer] ?? 0;
      return {
        variant: network.variant.id,
        letter: COLUMN_LETTERS[column],
        scheme: choice.scheme,
        size: join(formats.layerSize(bytes)),
        sqnr: choice.scheme === 'float32' ? '∞\u00a0dB' : decibels === undefined ? '' : `${formats.decibels(decibels)}\u00a0dB`,
        // Of two, neither is the odd one.
        odd: networks.length > 2 && row.odd[column],
        copies: JSON.stringify(inWork[index].choices[0]) !== JSON.stringify(choice),
      };
    }),
  }));
}

/** "2 layers are the same in A, B and C: conv and dense", or null when none is. */
export function sameText(rows: readonly (LayerRow & { readonly differs: boolean })[]): string | null {
  const same = rows.filter((row) => !row.differs);
  if (same.length === 0) return null;
  const list = new Intl.ListFormat('en-GB', { type: 'conjunction' });
  const letters = list.format(rows[0].cells.map((cell) => cell.letter));
  const schemes = new Set(same.flatMap((row) => row.cells.map((cell) => cell.scheme)));
  const names = same.length > 4 ? `${same.slice(0, 3).map((row) => row.layer).join(', ')} and ${same.length - 3} more` : list.format(same.map((row) => row.layer));
  const precision = schemes.size === 1 ? `, ${same.length === 2 ? 'both' : same.length > 2 ? 'all' : ''} ${SCHEMES[[...schemes][0]].name}`.replace(',  ', ', ') : '';
  return `${same.length} layer${same.length === 1 ? ' is' : 's are'} the same in ${letters}: ${names}${precision}`;
}

export function scatterPoints(variants: readonly VariantNumbers[], columns: readonly string[]): readonly ScatterPoint[] {
  return variants.flatMap((variant) => {
    const { evaluation } = variant;
    if (!evaluation) return [];
    const percent = (share: number) => share * 100;
    return [{ id: variant.id, label: variant.name, letter: letterOf(columns, variant.id), bytes: variant.bytes, accuracy: percent(evaluation.accuracy), low: percent(evaluation.interval.low), high: percent(evaluation.interval.high) }];
  });
}

/** The two first columns in words; null until both are measured. */
export function againstText(first: VariantNumbers, second: VariantNumbers, data: DataSet | null, differing: number, formats: Formats): string | null {
  if (!first.evaluation || !second.evaluation) return null;
  const shared = sharedAnswers(first.evaluation, second.evaluation, data?.test.labels ?? null);
  const layers = differing === 0 ? 'Their plans are the same.' : `${formats.count(differing)} layer${differing === 1 ? ' differs' : 's differ'} in the plan.`;
  const change = accuracyChange(shared, formats);
  if (!change) return `The images have no labels, so only agreement is known. ${layers}`;
  return `From A to B: ${`${change.arrow} ${change.text}`.trim()} on the same ${formats.count(shared.samples)} images, ${significanceOf(shared, formats)}. ${layers}`;
}

export function significanceOf(shared: SharedAnswers, formats: Formats): string {
  if (!shared.labels) return '';
  const flips = findFlips(shared.labels, shared.before, shared.after);
  return significance(mcnemarExact(flips.rightToWrong.length, flips.wrongToRight.length), formats);
}

/** How a variant is called in a title: its column letter, FP32 for the original, else its name. */
export function shortName(project: Project, columns: readonly string[], id: string): string {
  return id === ORIGINAL ? 'FP32' : (letterOf(columns, id) ?? project.variants[id].name);
}
