import { about, MISSING } from '../../../../core/base/format.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { viewGraph, type ViewNode } from '../../../state/select/view-graph.ts';
import { formats, shapeText } from '../../../ui/format.ts';
import type { FigureTable, Figures } from '../figures.ts';
import { kilobytes, milliseconds } from '../layer-table/figure-cells.tsx';
import { OP_NAMES } from '../op-icons.ts';
import type { GraphPicture, NodePaint } from './draw.ts';
import type { GraphLayout } from './layout.ts';

export interface Overlay {
  readonly label: string;
  readonly measure: (figures: Figures) => number | null;
  readonly text: (figures: Figures) => string;
}

/** What the graph can be painted by. Without a measure the precision is painted, with the bytes beside it. */
export const OVERLAYS = {
  precision: { label: 'Precision', measure: () => null, text: ({ bytes }) => kilobytes(bytes) },
  bytes: { label: 'Bytes', measure: ({ bytes }) => bytes, text: ({ bytes }) => kilobytes(bytes) },
  time: {
    label: 'Time',
    measure: ({ milliseconds: value }) => value,
    text: ({ milliseconds: value, timeMeasured }) => (value === null ? MISSING : timeMeasured ? milliseconds(value) : about(milliseconds(value))),
  },
  cost: {
    label: 'Cost',
    measure: ({ cost }) => (cost === null ? null : Math.max(0, -cost)),
    text: ({ cost }) => (cost === null ? MISSING : formats.signed(cost * 100, 1)),
  },
} as const satisfies Record<string, Overlay>;
export type OverlayId = keyof typeof OVERLAYS;

export function graphPicture(network: ActiveNetwork, layout: GraphLayout, figures: FigureTable, overlayId: OverlayId, selected: ReadonlySet<string>): GraphPicture {
  const overlay: Overlay = OVERLAYS[overlayId];
  const view = viewGraph(network.graph);
  const layers = view.nodes.filter((node) => node.kind === 'layer');
  const most = Math.max(0, ...layers.map((node) => overlay.measure(figures[node.id]) ?? 0));
  const paints: Record<string, NodePaint> = {};
  for (const node of layers) {
    const value = overlay.measure(figures[node.id]);
    const share = overlayId === 'precision' ? null : value === null || most === 0 ? 0 : value / most;
    paints[node.id] = { scheme: schemeOf(network.plan, node.id), value: overlay.text(figures[node.id]), share };
  }
  const blockValues = Object.fromEntries(
    Object.values(view.blocks).map((block) => [block.id, `${kilobytes(block.nodes.reduce((sum, id) => sum + figures[id].bytes, 0))}\u00a0KB`]),
  );
  const labels = Object.fromEntries(view.nodes.filter((node) => node.kind !== 'layer').map((node) => [node.id, stepLabel(node)]));
  return { layout, paints, labels, blockValues, selected };
}

function stepLabel(node: ViewNode): string {
  if (node.kind === 'input') return `input ${shapeText(node.shape)}`;
  return node.sourceOp ?? OP_NAMES[node.op].toLowerCase();
}
