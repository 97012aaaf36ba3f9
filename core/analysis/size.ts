import { packedLayout, type PackedLayout } from '../export/packed/layout.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { elementCount } from '../graph/graph.ts';
import { lower } from '../runtime/lower.ts';
import type { Plan } from '../schemes/scheme.ts';

/**
 * Bytes of the packed file that the exporter writes for this plan, exactly; fast enough for every keystroke. A network with
 * operators that are kept but not run has no such file: for it, the size is that of everything else.
 */
export function packedSize(graph: Graph, plan: Plan): PackedLayout {
  return packedLayout(lower(withoutUnknown(graph), plan).network);
}

/** The same graph with a reshape in the place of every operator that is not run: it has a layout, but cannot be exported. */
export function withoutUnknown(graph: Graph): Graph {
  if (graph.nodes.every((node) => node.op !== 'unknown')) return graph;
  const standIn = (node: GraphNode): GraphNode =>
    node.op === 'unknown' ? { ...node, op: 'reshape', inputs: node.inputs.slice(0, 1), attributes: { shape: node.shape }, weights: {} } : node;
  return { ...graph, nodes: graph.nodes.map(standIn) };
}

/** Bytes of all parameters as float32: the numerator of the compression ratio. */
export function floatBytes(graph: Graph): number {
  return Object.values(graph.weights).reduce((sum, weight) => sum + 4 * elementCount(weight.shape), 0);
}
