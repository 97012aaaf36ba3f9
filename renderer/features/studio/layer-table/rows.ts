import type { Graph, NodeId } from '../../../../core/graph/graph.ts';
import type { Plan } from '../../../../core/schemes/scheme.ts';
import { layerTable } from '../../../state/select/layers.ts';
import { viewGraph, type ViewBlock, type ViewNode } from '../../../state/select/view-graph.ts';
import { matchesFilter, parseFilter } from './filter.ts';

export type TableRow =
  | { readonly kind: 'block'; readonly id: string; readonly level: number; readonly block: ViewBlock; readonly layers: readonly NodeId[]; readonly expanded: boolean }
  | { readonly kind: 'layer' | 'pass'; readonly id: NodeId; readonly level: number; readonly node: ViewNode };

/** What the table shows, in the order of the network: blocks with what is inside them, unless collapsed; a filter shows layers only. */
export function tableRows(graph: Graph, plan: Plan, collapsed: readonly string[], filterText: string): readonly TableRow[] {
  const view = viewGraph(graph);
  const layers = layerTable(graph);
  const filter = parseFilter(filterText);
  const closed = new Set(collapsed);
  const rows: TableRow[] = [];
  let openBlock: string | null = null;
  for (const node of view.nodes) {
    if (node.kind === 'input') continue;
    if (filter.length > 0) {
      const info = layers[node.id];
      if (info && matchesFilter(filter, info, plan)) rows.push({ kind: 'layer', id: node.id, level: 1, node });
      continue;
    }
    if (node.block !== openBlock) {
      openBlock = node.block;
      if (node.block !== null) rows.push(blockRow(view.blocks[node.block], layers, !closed.has(node.block)));
    }
    if (node.block !== null && closed.has(node.block)) continue;
    rows.push({ kind: node.kind === 'layer' ? 'layer' : 'pass', id: node.id, level: node.block === null ? 1 : 2, node });
  }
  return rows;
}

/** Layers alone, in an order of their own. `order` gives them back sorted. */
export function sortedRows(graph: Graph, plan: Plan, filterText: string, order: (layers: readonly NodeId[]) => readonly NodeId[]): readonly TableRow[] {
  const layers = layerTable(graph);
  const filter = parseFilter(filterText);
  const nodes = new Map(viewGraph(graph).nodes.map((node) => [node.id, node]));
  const shown = Object.values(layers).filter((info) => matchesFilter(filter, info, plan));
  return order(shown.map((info) => info.id)).flatMap((id): readonly TableRow[] => {
    const node = nodes.get(id);
    // Away from its block a layer needs its whole name.
    return node ? [{ kind: 'layer', id, level: 1, node: { ...node, label: id } }] : [];
  });
}

function blockRow(block: ViewBlock, layers: Readonly<Record<NodeId, unknown>>, expanded: boolean): TableRow {
  const own = block.nodes.filter((id) => layers[id] !== undefined);
  return { kind: 'block', id: block.id, level: 1, block, layers: own, expanded };
}

/** Layers that selecting the row selects. */
export function layersOfRow(row: TableRow): readonly NodeId[] {
  return row.kind === 'block' ? row.layers : row.kind === 'layer' ? [row.id] : [];
}
