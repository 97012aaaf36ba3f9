import type { GraphNode } from '../graph.ts';
import { equalShapes } from '../ops.ts';
import { counted, type Pass } from './pass.ts';
import { indexOf, rewrite } from './rewrite.ts';

/** Nodes that hand on their input unchanged: identity, dropout, and moves that move nothing. */
export const dropIdentity: Pass = {
  id: 'drop-identity',
  describe: (count) => `${counted(count, 'node that changes nothing was', 'nodes that change nothing were')} removed.`,
  run(model) {
    const { shape } = indexOf(model.graph);
    const dropped = model.graph.nodes.filter((node) => changesNothing(node, shape(node.inputs[0] ?? '')));
    if (dropped.length === 0) return { model, count: 0 };
    const replaced = new Map(dropped.map((node) => [node.id, []]));
    return { model: rewrite(model, { replaced, renamed: new Map(dropped.map((node) => [node.id, node.inputs[0]])) }), count: dropped.length };
  },
};

function changesNothing(node: GraphNode, input: readonly number[]): boolean {
  switch (node.op) {
    case 'identity':
      return true;
    case 'reshape':
      return equalShapes(node.shape, input);
    case 'transpose':
      return node.attributes.permutation.every((axis, i) => axis === i);
    case 'pad':
      return [...node.attributes.before, ...node.attributes.after].every((size) => size === 0);
    case 'slice':
      return equalShapes(node.shape, input) && node.attributes.step.every((step) => step === 1);
    case 'concat':
      return node.inputs.length === 1;
    default:
      return false;
  }
}
