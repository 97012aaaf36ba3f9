import { packedLayout, type PackedLayout } from '../export/packed/layout.ts';
import type { Graph } from '../graph/graph.ts';
import { elementCount } from '../graph/graph.ts';
import { lower } from '../runtime/lower.ts';
import type { Plan } from '../schemes/scheme.ts';

/** Bytes of the packed file that the exporter writes for this plan, exactly; fast enough for every keystroke. */
export function packedSize(graph: Graph, plan: Plan): PackedLayout {
  return packedLayout(lower(graph, plan).network);
}

/** Bytes of all parameters as float32: the numerator of the compression ratio. */
export function floatBytes(graph: Graph): number {
  return Object.values(graph.weights).reduce((sum, weight) => sum + 4 * elementCount(weight.shape), 0);
}
