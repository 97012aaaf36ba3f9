import type { SensitivityCell, SensitivityDefinition } from '../../../core/analysis/sensitivity/cells.ts';
import { join, type Formats } from '../../../core/base/format.ts';
import { layersOf, type Graph, type NodeId } from '../../../core/graph/graph.ts';
import { NO_NOISE_DECIBELS } from '../../../core/quant/signal-to-noise.ts';
import { SCHEME_IDS, SCHEMES } from '../../../core/schemes/index.ts';
import type { Plan, SchemeId } from '../../../core/schemes/scheme.ts';
import type { SensitivityMetric } from '../../state/analysing.ts';
import { schemeOf } from '../../state/edits/plan.ts';
import { layerTable } from '../../state/select/layers.ts';
import { sizeOf } from '../../state/select/network.ts';

/** Columns of the map: float32 changes nothing. */
export const HEAT_SCHEMES: readonly SchemeId[] = SCHEME_IDS.filter((scheme) => SCHEMES[scheme].weights !== null);

export type CellTable = Readonly<Record<NodeId, Readonly<Partial<Record<SchemeId, SensitivityCell>>>>>;

export interface HeatCell {
  readonly scheme: SchemeId;
  readonly state: 'known' | 'missing' | 'refused';
  /** 0 (nothing) to 6 (ruin). */
  readonly level: number;
  readonly text: string;
  /** Everything that is known of it, as a sentence. */
  readonly spoken: string;
  /** The plan that is looked at has it. */
  readonly inPlan: boolean;
}

export interface HeatRow {
  readonly layer: NodeId;
  readonly cells: readonly HeatCell[];
  /** What the plan that is looked at gives it, and the bytes that it takes there; null while there is none. */
  readonly planned: { readonly scheme: SchemeId; readonly size: string } | null;
}

interface MetricRow {
  readonly name: string;
  readonly unit: string;
  readonly value: (cell: SensitivityCell) => number | null;
  readonly text: (value: number, formats: Formats) => string;
  /** Ends of level 0 … 5: beyond the last is level 6. Falling where less is worse. */
  readonly steps: readonly number[];
}

/** Four significant places at most, so that columns stay narrow. */
function nats(value: number, formats: Formats): string {
  const size = Math.abs(value);
  if (size < 0.00005) return formats.decimal(0, 1);
  return formats.decimal(value, size < 0.01 ? 4 : size < 1 ? 3 : 2);
}

export const METRICS = {
  divergence: { name: 'KL', unit: 'nats', value: (cell) => cell.divergence, text: nats, steps: [0.003, 0.01, 0.03, 0.1, 0.3, 1] },
  accuracy: { name: 'Accuracy', unit: 'points', value: (cell) => cell.accuracyChange, text: (value, formats) => formats.signed(value, 1), steps: [-0.5, -1, -2, -4, -8, -16] },
  loss: { name: 'Loss', unit: 'nats', value: (cell) => cell.lossChange, text: nats, steps: [0.003, 0.01, 0.03, 0.1, 0.3, 1] },
  noise: { name: 'SQNR', unit: 'dB', value: (cell) => cell.noise?.both ?? null, text: decibels, steps: [35, 28, 21, 14, 7, 3] },
} as const satisfies Record<SensitivityMetric, MetricRow>;

export const HEAT_LEVELS = 7;

/** How dark a cell is: by the metric's own steps, so that maps of different networks compare. */
export function heatLevel(metric: SensitivityMetric, value: number): number {
  const { steps } = METRICS[metric] as MetricRow;
  const falling = steps[0] > steps[1];
  const passed = steps.findIndex((step) => (falling ? value > step : value < step));
  return passed < 0 ? HEAT_LEVELS - 1 : passed;
}

/** "less than 0.003", "0.003 to 0.01" … for the key of the map. */
export function levelTexts(metric: SensitivityMetric, formats: Formats): readonly string[] {
  const { steps, text } = METRICS[metric] as MetricRow;
  return steps.map((step) => (step < 0 ? text(step, formats) : formats.short(step)));
}

export interface HeatInputs {
  readonly graph: Graph;
  readonly cells: CellTable;
  readonly definition: SensitivityDefinition;
  readonly metric: SensitivityMetric;
  readonly plan: Plan | null;
}

export function heatRows({ graph, cells, definition, metric, plan }: HeatInputs, formats: Formats): readonly HeatRow[] {
  const table = layerTable(graph);
  return layersOf(graph).map(({ id }) => {
    const planned = plan === null ? null : { scheme: schemeOf(plan, id), size: join(formats.layerSize(sizeOf(graph, plan).nodes[id] ?? 0)) };
    return {
      layer: id,
      planned,
      cells: HEAT_SCHEMES.map((scheme): HeatCell => {
        const place = { scheme, inPlan: planned?.scheme === scheme };
        const refusal = table[id].refusals[scheme];
        const name = `${id} at ${SCHEMES[scheme].name}`;
        if (refusal !== null) return { ...place, state: 'refused', level: 0, text: '', spoken: `${name}: not possible. ${refusal}` };
        const cell = cells[id]?.[scheme];
        const value = cell ? METRICS[metric].value(cell) : null;
        if (!cell) return { ...place, state: 'missing', level: 0, text: '–', spoken: `${name}: not measured yet` };
        const text = value === null ? '–' : METRICS[metric].text(value, formats);
        return { ...place, state: 'known', level: value === null ? 0 : heatLevel(metric, value), text, spoken: `${name}, ${definition === 'alone' ? 'alone' : 'in company'}: ${detailText(cell, formats)}` };
      }),
    };
  });
}

function decibels(value: number, formats: Formats): string {
  return value >= NO_NOISE_DECIBELS ? '∞' : formats.decibels(value);
}

/** "KL 0.012 nats, accuracy −1.5 points, loss 0.020 nats, SQNR 21.3 dB (weights alone 21.5, input alone 38.2)" */
export function detailText(cell: SensitivityCell, formats: Formats): string {
  const { divergence, accuracyChange, lossChange, noise } = cell;
  const parts = [`KL ${nats(divergence, formats)}\u00a0nats`, `accuracy ${formats.signed(accuracyChange, 1)}\u00a0points`];
  if (lossChange !== null) parts.push(`loss ${lossChange >= 0 ? '+' : ''}${nats(lossChange, formats)}\u00a0nats`);
  if (noise) parts.push(`SQNR ${decibels(noise.both, formats)}\u00a0dB (weights alone ${decibels(noise.weights, formats)}, input alone ${decibels(noise.activations, formats)})`);
  return parts.join(', ');
}

/** Which of the two causes makes the layer's noise; null where neither stands out. */
export function causeText({ noise }: SensitivityCell): string | null {
  if (!noise || Math.abs(noise.weights - noise.activations) < 6) return null;
  return noise.weights < noise.activations ? 'The weights make most of the noise.' : 'The input makes most of the noise.';
}

export type HeatPlace = { readonly layer: NodeId; readonly scheme: SchemeId };

const ROWS_A_PAGE = 10;

/** Where a key leads from a cell; null for other keys. */
export function movedCell(rows: readonly HeatRow[], from: HeatPlace, key: string, wide: boolean): HeatPlace | null {
  const row = rows.findIndex(({ layer }) => layer === from.layer);
  const column = HEAT_SCHEMES.indexOf(from.scheme);
  const last = { row: rows.length - 1, column: HEAT_SCHEMES.length - 1 };
  const to: Readonly<Record<string, readonly [number, number]>> = {
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    PageUp: [row - ROWS_A_PAGE, column],
    PageDown: [row + ROWS_A_PAGE, column],
    Home: [wide ? 0 : row, 0],
    End: [wide ? last.row : row, last.column],
  };
  const target = to[key];
  if (!target || rows.length === 0) return null;
  const at = Math.min(last.row, Math.max(0, target[0]));
  return { layer: rows[at].layer, scheme: HEAT_SCHEMES[Math.min(last.column, Math.max(0, target[1]))] };
}
