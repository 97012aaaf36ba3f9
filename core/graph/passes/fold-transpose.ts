import { visitPermuted } from '../../tensor/permute.ts';
import type { GraphNode, NodeOf, Shape } from '../graph.ts';
import { counted, type Pass } from './pass.ts';
import { indexOf, rewrite, type Edit, type GraphIndex } from './rewrite.ts';

/**
 * Removes the transposes that the change from NCHW to NHWC leaves behind: a transpose that is flattened into dense layers
 * becomes another order of their kernel rows; one that only moves dimensions of size 1 is a reshape; chains are merged.
 */
export const foldTranspose: Pass = {
  id: 'fold-transpose',
  describe: (count) => `${counted(count, 'change of memory order was', 'changes of memory order were')} folded into the layers around it.`,
  run(model) {
    const index = indexOf(model.graph);
    for (const node of model.graph.nodes) {
      const edit = simplify(node, index) ?? intoDense(node, index, model.weights);
      if (edit) return { model: rewrite(model, edit), count: 1 };
    }
    return { model, count: 0 };
  },
};

const replace = (node: GraphNode, by: GraphNode): Edit => ({ replaced: new Map([[node.id, [by]]]) });

function simplify(node: GraphNode, index: GraphIndex): Edit | null {
  const before = node.inputs.length > 0 ? index.producer.get(node.inputs[0]) : undefined;
  if (node.op === 'transpose') {
    const input = index.shape(node.inputs[0]);
    const moved = node.attributes.permutation.filter((axis) => input[axis] !== 1);
    if (moved.every((axis, i) => i === 0 || moved[i - 1] < axis)) {
      return replace(node, { ...node, op: 'reshape', attributes: { shape: node.shape } });
    }
    if (before?.op === 'transpose') {
      const permutation = node.attributes.permutation.map((axis) => before.attributes.permutation[axis]);
      return replace(node, { ...node, inputs: before.inputs, attributes: { permutation } });
    }
  }
  if (node.op === 'reshape' && before?.op === 'reshape') return replace(node, { ...node, inputs: before.inputs });
  return null;
}

/** transpose → reshape → dense…: the reshape reads the untransposed value, and each dense kernel gets its rows in that order. */
function intoDense(node: GraphNode, index: GraphIndex, weights: ReadonlyMap<string, Float32Array>): Edit | null {
  if (node.op !== 'reshape' || node.shape.length !== 2) return null;
  const turned = index.producer.get(node.inputs[0]);
  if (turned?.op !== 'transpose' || !index.onlyRead(turned.id)) return null;
  const readers = index.readers(node.id);
  // Reading by an output would show the order to the outside.
  if (readers.length === 0 || !readers.every((reader): reader is NodeOf<'dense'> => reader.op === 'dense')) return null;
  if (readers.length === 1 && !index.onlyRead(node.id)) return null;
  const source = index.shape(turned.inputs[0]);
  const added = new Map<string, { shape: Shape; values: Float32Array }>();
  for (const dense of readers) {
    const id = dense.weights.kernel;
    const old = weights.get(id) as Float32Array;
    const columns = dense.shape[1];
    const values = new Float32Array(old.length);
    visitPermuted(source, turned.attributes.permutation, (oldRow, newRow) => {
      values.set(old.subarray(oldRow * columns, (oldRow + 1) * columns), newRow * columns);
    });
    added.set(id, { shape: [old.length / columns, columns], values });
  }
  return {
    replaced: new Map<string, readonly GraphNode[]>([
      [turned.id, []],
      [node.id, [{ ...node, inputs: turned.inputs }]],
    ]),
    weights: added,
  };
}
