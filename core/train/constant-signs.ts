import { StudioError } from '../base/errors.ts';
import { type Graph, type Model, type ValueId } from '../graph/graph.ts';

/** No value is below: what a rectifier leaves, through operators that only pick, move or average values. */
function lowestOf(graph: Graph, value: ValueId): number {
  const node = graph.nodes.find(({ id }) => id === value);
  if (!node) return Number.NEGATIVE_INFINITY;
  switch (node.op) {
    case 'relu':
    case 'sigmoid':
    case 'softmax':
      return Math.max(0, lowestOf(graph, node.inputs[0]));
    case 'clip':
      return node.attributes.minimum;
    case 'add':
      return lowestOf(graph, node.inputs[0]) + lowestOf(graph, node.inputs[1]);
    case 'max-pool':
    case 'average-pool':
    case 'global-average-pool':
    case 'reshape':
    case 'transpose':
    case 'slice':
    case 'identity':
      return lowestOf(graph, node.inputs[0]);
    default:
      return Number.NEGATIVE_INFINITY;
  }
}

/**
 * A ReLU in front of a sign makes every sign +1, and the layer a constant (METHODS §6). Surgery takes ReLUs away or puts a
 * threshold above 0; a network that was prepared elsewhere may have neither.
 */
export function refuseConstantSigns({ graph, weights }: Model, layers: ReadonlySet<string>): void {
  for (const node of graph.nodes) {
    const slots: Readonly<Record<string, string | undefined>> = node.weights;
    if (!layers.has(node.id) || slots['shift'] === undefined) continue;
    const shift = weights.get(slots['shift']) as Float32Array;
    const lowest = lowestOf(graph, node.inputs[0]);
    if (!shift.every((value) => lowest + value >= 0)) continue;
    throw new StudioError(`${node.id} would learn nothing: "${node.inputs[0]}" is never below ${lowest} and the layer's threshold is not above that, so each of its one-bit inputs is +1.`, {
      where: node.id,
      next: `Train from the float network, whose ReLU the studio can move, or choose a precision with 8-bit inputs for ${node.id}.`,
    });
  }
}
