import { SCHEME_IDS } from '../../../../core/schemes/index.ts';
import type { ActivityState } from '../../../state/activity.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import { layerTable } from '../../../state/select/layers.ts';
import { deployedShape, sizeOf, type ActiveNetwork } from '../../../state/select/network.ts';
import { figureTable, harmCode, passNote, total, type FigureTable } from '../figures.ts';
import { usesText, type BlockRowProps } from './block-row.tsx';
import { NO_FORECASTS, type LayerRowProps, type PassRowProps } from './layer-row.tsx';
import type { TableRow } from './rows.ts';

type Measured = Pick<ActivityState, 'speeds' | 'ladders' | 'sensitivities'>;
type Chosen = { readonly selected: boolean; readonly tabStop: boolean };

export interface TableView {
  readonly network: ActiveNetwork;
  readonly measured: Measured;
  readonly figures: FigureTable;
}

export function tableView(network: ActiveNetwork, measured: Measured): TableView {
  return { network, measured, figures: figureTable(network, measured) };
}

type WithoutPreview<P> = Omit<P, 'onPreview'>;

export function layerRowProps(view: TableView, row: Extract<TableRow, { kind: 'layer' | 'pass' }>, chosen: Chosen): WithoutPreview<LayerRowProps> {
  const { network, measured, figures } = view;
  const { bytes, milliseconds, timeMeasured, slower, cost } = figures[row.id];
  return {
    node: row.node,
    info: layerTable(network.graph)[row.id],
    level: row.level,
    scheme: schemeOf(network.plan, row.id),
    locked: network.variant.lockedLayers.includes(row.id),
    ...chosen,
    bytes,
    milliseconds,
    timeMeasured,
    slower,
    cost,
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
    uses: usesText(row.layers.map((id) => schemeOf(network.plan, id))),
  };
}

export interface FootFigures {
  readonly layers: number;
  readonly parameters: number;
  readonly totalBytes: number;
  readonly headerBytes: number;
  readonly bitsPerWeight: number;
}

export function footFigures(network: ActiveNetwork): FootFigures {
  const infos = Object.values(layerTable(network.graph));
  const parameters = infos.reduce((sum, info) => sum + info.parameters, 0);
  const { totalBytes, headerBytes } = sizeOf(network.graph, network.plan);
  return { layers: infos.length, parameters, totalBytes, headerBytes, bitsPerWeight: parameters > 0 ? (totalBytes * 8) / parameters : 0 };
}
