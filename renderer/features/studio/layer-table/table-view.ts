import { MISSING } from '../../../../core/base/format.ts';
import { OVERLAYS, overlayText, type LayerMetrics } from '../../../../core/analysis/overlays.ts';
import { SCHEME_IDS } from '../../../../core/schemes/index.ts';
import type { ActivityState } from '../../../state/activity.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import type { Graph } from '../../../../core/graph/graph.ts';
import { memoisePerObject } from '../../../state/select/memoise.ts';
import { layerTable } from '../../../state/select/layers.ts';
import { deployedShape, sizeOf, type ActiveNetwork } from '../../../state/select/network.ts';
import type { ColumnId } from '../../../state/select/table-columns.ts';
import { formats } from '../../../ui/format.ts';
import { layerMetrics } from '../metrics.ts';
import { figureTable, harmCode, passNote, total, type FigureTable } from '../figures.ts';
import { usesText, type BlockRowProps } from './block-row.tsx';
import { MORE_COLUMNS } from './figure-cells.tsx';
import { NO_FORECASTS, type LayerRowProps } from './layer-row.tsx';
import type { PassRowProps } from './pass-row.tsx';
import type { TableRow } from './rows.ts';

type Measured = Pick<ActivityState, 'speeds' | 'ladders' | 'sensitivities' | 'insights'>;
type Chosen = { readonly selected: boolean; readonly tabStop: boolean; readonly columns: readonly ColumnId[] };

export interface TableView {
  readonly network: ActiveNetwork;
  readonly measured: Measured;
  readonly figures: FigureTable;
}

export const NO_INSIGHTS: ActivityState['insights'] = {};

export function tableView(network: ActiveNetwork, measured: Measured): TableView {
  return { network, measured, figures: figureTable(network, measured) };
}

/** All that is known of the layers; made only where a column or the order needs more than the figures. */
export function metricsOf({ network, measured, figures }: TableView): Readonly<Record<string, LayerMetrics>> {
  return layerMetrics(network, figures, measured);
}

/** Texts of the columns beyond the figures, as one string so that equal rows are equal. */
function moreText(view: TableView, layer: string, columns: readonly ColumnId[]): string {
  const more = MORE_COLUMNS.filter((id) => columns.includes(id));
  if (more.length === 0) return '';
  const metrics = metricsOf(view)[layer];
  return MORE_COLUMNS.map((id) => (more.includes(id) ? (overlayText(OVERLAYS[id], metrics, formats) ?? MISSING) : '')).join('\n');
}

type WithoutPreview<P> = Omit<P, 'onPreview'>;

const lockedSets = memoisePerObject((locked: readonly string[]) => new Set(locked));

export function layerRowProps(view: TableView, row: Extract<TableRow, { kind: 'layer' | 'pass' }>, chosen: Chosen): WithoutPreview<LayerRowProps> {
  const { network, measured, figures } = view;
  const { bytes, milliseconds, timeMeasured, slower, cost } = figures[row.id];
  return {
    node: row.node,
    info: layerTable(network.graph)[row.id],
    level: row.level,
    scheme: schemeOf(network.plan, row.id),
    locked: lockedSets(network.variant.lockedLayers).has(row.id),
    ...chosen,
    bytes,
    milliseconds,
    timeMeasured,
    slower,
    cost,
    more: moreText(view, row.id, chosen.columns),
    harm: harmCode(measured, network, row.id, SCHEME_IDS),
    spoken: NO_FORECASTS,
  };
}

export function passRowProps(view: TableView, row: Extract<TableRow, { kind: 'layer' | 'pass' }>, chosen: Chosen): PassRowProps {
  const { network, figures } = view;
  const { network: lowered } = deployedShape(network.graph, network.plan);
  return { node: row.node, level: row.level, ...chosen, bytes: figures[row.id].bytes, note: passNote(lowered, row.id, row.node.sourceOp) };
}

export function blockRowProps(view: TableView, row: Extract<TableRow, { kind: 'block' }>, chosen: Chosen): BlockRowProps {
  const { network, figures } = view;
  const layers = layerTable(network.graph);
  const own = row.layers.map((id) => figures[id]);
  return {
    block: row.block,
    layers: row.layers,
    expanded: row.expanded,
    ...chosen,
    parameters: row.layers.reduce((sum, id) => sum + layers[id].parameters, 0),
    bytes: row.block.nodes.reduce((sum, id) => sum + figures[id].bytes, 0),
    milliseconds: total(own.map((figure) => figure.milliseconds)),
    timeMeasured: own.every((figure) => figure.timeMeasured),
    cost: total(own.map((figure) => figure.cost)),
    operations: row.layers.reduce((sum, id) => sum + layers[id].multiplyAccumulates, 0),
    uses: usesText(row.layers.map((id) => schemeOf(network.plan, id))),
  };
}

export interface FootFigures {
  readonly layers: number;
  readonly parameters: number;
  readonly operations: number;
  readonly totalBytes: number;
  readonly headerBytes: number;
  readonly bitsPerWeight: number;
}

const countLayers = memoisePerObject((graph: Graph) => {
  const infos = Object.values(layerTable(graph));
  return {
    layers: infos.length,
    parameters: infos.reduce((sum, info) => sum + info.parameters, 0),
    operations: infos.reduce((sum, info) => sum + info.multiplyAccumulates, 0),
  };
});

export function footFigures(network: ActiveNetwork): FootFigures {
  const { layers, parameters, operations } = countLayers(network.graph);
  const { totalBytes, headerBytes } = sizeOf(network.graph, network.plan);
  return { layers, parameters, operations, totalBytes, headerBytes, bitsPerWeight: parameters > 0 ? (totalBytes * 8) / parameters : 0 };
}
