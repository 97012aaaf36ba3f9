import { OVERLAYS, overlayText, quantileSteps, stepOf, type LayerMetrics, type Overlay, type OverlayId, type ScaleStep } from '../../../../core/analysis/overlays.ts';
import { MISSING } from '../../../../core/base/format.ts';
import type { NodeId } from '../../../../core/graph/graph.ts';
import { SCHEME_IDS } from '../../../../core/schemes/index.ts';
import type { ViewBlock, ViewNode } from '../../../state/select/view-graph.ts';
import { formats, shapeText } from '../../../ui/format.ts';
import type { FigureTable } from '../figures.ts';
import { OP_NAMES } from '../op-icons.ts';
import type { ShownGraph, ShownItem } from './shown-graph.ts';

export type MetricTable = Readonly<Record<NodeId, LayerMetrics>>;

/** What is painted on the items of a graph, by their places. */
export interface GraphPicture {
  readonly overlay: OverlayId;
  readonly labels: readonly string[];
  /** Right side of the item: "2.46". Empty for a step. */
  readonly values: readonly string[];
  /** Place of the precision on the ladder; −1 for what has none. */
  readonly rungs: Int8Array;
  /** Rungs of the layers of a closed block, in order. */
  readonly strips: readonly (Uint8Array | null)[];
  /** Step of the scale, −1 where nothing is known or the precision is painted. */
  readonly steps: Int8Array;
  /** The network's own distribution, best first; empty for the precision. */
  readonly scale: readonly ScaleStep[];
  /** 1 where the network beside it has another setting; null where it stands alone. */
  readonly differs: Uint8Array | null;
  readonly frameLabels: readonly string[];
  readonly frameValues: readonly string[];
}

/** The network that stands beside it. */
export interface Beside {
  /** Its scale covers both. */
  readonly metrics: MetricTable;
  /** Layers that have another setting there. */
  readonly differing: ReadonlySet<NodeId>;
}

export function graphPicture(shown: ShownGraph, metrics: MetricTable, figures: FigureTable, overlayId: OverlayId, beside: Beside | null = null): GraphPicture {
  const overlay: Overlay = OVERLAYS[overlayId];
  const isPainted = overlayId !== 'precision';
  const values = shown.items.map((item) => (isPainted ? valueOf(item, metrics, overlay) : null));
  const others = beside && isPainted ? shown.items.map((item) => valueOf(item, beside.metrics, overlay)) : [];
  const scale = quantileSteps([...values, ...others].filter((value) => value !== null), overlay.better);
  const textOf = (item: ShownItem, value: number | null): string => {
    if (!isPainted) return item.shape === 'layer' || item.shape === 'block' ? OVERLAYS.bytes.text(bytesOf(item, figures), formats) : '';
    if (item.node) return metrics[item.node.id] ? (overlayText(overlay, metrics[item.node.id], formats) ?? MISSING) : '';
    return value === null ? MISSING : overlay.text(value, formats);
  };
  return {
    overlay: overlayId,
    labels: shown.items.map((item) => labelOf(item)),
    values: shown.items.map((item, index) => textOf(item, values[index])),
    rungs: Int8Array.from(shown.items, ({ node }) => (node && metrics[node.id] ? SCHEME_IDS.indexOf(metrics[node.id].scheme) : -1)),
    strips: shown.items.map((item) => (item.node ? null : stripOf(item.block, metrics))),
    steps: Int8Array.from(values, (value) => (value === null ? -1 : stepOf(scale, value))),
    scale: isPainted ? scale : [],
    differs: beside && Uint8Array.from(shown.items, ({ node, block }) => ((node ? [node.id] : (block?.nodes ?? [])).some((id) => beside.differing.has(id)) ? 1 : 0)),
    frameLabels: shown.frames.map((block) => block.label),
    frameValues: shown.frames.map((block) => frameValue(block, metrics, figures, isPainted ? overlay : OVERLAYS.bytes)),
  };
}

/** Of a layer its own; of a closed block the sum, or that of its worst layer where a sum says nothing. */
function valueOf(item: ShownItem, metrics: MetricTable, overlay: Overlay): number | null {
  if (item.node) return metrics[item.node.id] ? overlay.value(metrics[item.node.id]) : null;
  return blockValue(item.block, metrics, overlay);
}

function blockValue(block: ViewBlock | null, metrics: MetricTable, overlay: Overlay): number | null {
  const known = (block?.nodes ?? []).flatMap((id) => (metrics[id] ? [overlay.value(metrics[id])] : []));
  const values = known.filter((value) => value !== null);
  if (values.length === 0 || (overlay.adds && values.length < known.length)) return null;
  if (overlay.adds) return values.reduce((sum, value) => sum + value, 0);
  return overlay.better === 'more' ? Math.min(...values) : Math.max(...values);
}

function bytesOf({ node, block }: ShownItem, figures: FigureTable): number {
  return node ? figures[node.id].bytes : (block?.nodes ?? []).reduce((sum, id) => sum + figures[id].bytes, 0);
}

function frameValue(block: ViewBlock, metrics: MetricTable, figures: FigureTable, overlay: Overlay): string {
  const bytes = block.nodes.reduce((sum, id) => sum + figures[id].bytes, 0);
  const value = overlay === OVERLAYS.bytes ? bytes : overlay.adds ? blockValue(block, metrics, overlay) : null;
  if (value === null) return '';
  return overlay.unit === '' ? overlay.text(value, formats) : `${overlay.text(value, formats)}\u00a0${overlay.unit}`;
}

function stripOf(block: ViewBlock | null, metrics: MetricTable): Uint8Array {
  const layers = (block?.nodes ?? []).filter((id) => metrics[id]);
  return Uint8Array.from(layers, (id) => SCHEME_IDS.indexOf(metrics[id].scheme));
}

function labelOf({ node, block }: ShownItem): string {
  if (!node) return block?.label ?? '';
  return node.kind === 'layer' ? node.label : stepLabel(node);
}

function stepLabel(node: ViewNode): string {
  if (node.kind === 'input') return `input ${shapeText(node.shape)}`;
  return node.sourceOp ?? OP_NAMES[node.op].toLowerCase();
}

/** One item as a sentence: what it is, its value, where its lines come from and lead to. */
export function spokenItem(shown: ShownGraph, picture: GraphPicture, index: number, precisionName: (rung: number) => string): string {
  const item = shown.items[index];
  const overlay: Overlay = OVERLAYS[picture.overlay === 'precision' ? 'bytes' : picture.overlay];
  const names = (others: readonly number[]): string => {
    const some = others.slice(0, 4).map((other) => picture.labels[other]).join(', ');
    return others.length > 4 ? `${some} and ${others.length - 4} more` : some;
  };
  const strip = picture.strips[index];
  const what = strip ? `closed block of ${strip.length} layer${strip.length === 1 ? '' : 's'}` : item.node?.kind === 'layer' ? OP_NAMES[item.node.op].toLowerCase() : '';
  const rung = picture.rungs[index] >= 0 ? precisionName(picture.rungs[index]) : '';
  const value = picture.values[index] === '' || picture.values[index] === MISSING ? '' : `${overlay.label.toLowerCase()} ${picture.values[index]} ${overlay.unit}`.trim();
  const from = shown.inputs[index].length > 0 ? `from ${names(shown.inputs[index])}` : '';
  const to = shown.readers[index].length > 0 ? `to ${names(shown.readers[index])}` : '';
  const differs = picture.differs?.[index] === 1 ? 'differs' : '';
  return [picture.labels[index], what, rung, differs, value, from, to].filter(Boolean).join(', ');
}
