import { OVERLAYS } from '../../../../core/analysis/overlays.ts';
import type { NodeId } from '../../../../core/graph/graph.ts';
import { kernelText, layerTable } from '../../../state/select/layers.ts';
import type { TableSort } from '../../../state/select/table-columns.ts';
import { metricsOf, type TableView } from './table-view.ts';

const collator = new Intl.Collator('en', { numeric: true });

/** The layers in the order of a sort. Those without a value come last either way; equal ones stay in the order of the network. */
export function sortedLayers(view: TableView, layers: readonly NodeId[], { key, descending }: TableSort): readonly NodeId[] {
  const { graph } = view.network;
  const sign = descending ? -1 : 1;
  if (key === 'name' || key === 'operator' || key === 'shape') {
    const table = layerTable(graph);
    const word = { name: (id: NodeId) => id, operator: (id: NodeId) => table[id].node.op, shape: (id: NodeId) => kernelText(table[id]) }[key];
    return layers.toSorted((a, b) => sign * collator.compare(word(a), word(b)));
  }
  const metrics = metricsOf(view);
  const value = (id: NodeId): number | null => OVERLAYS[key].value(metrics[id]);
  const known = layers.filter((id) => value(id) !== null);
  const unknown = layers.filter((id) => value(id) === null);
  return [...known.toSorted((a, b) => sign * compare(value(a) ?? 0, value(b) ?? 0)), ...unknown];
}

/** Two infinite values are equal. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
