import { isLayer, type GraphNode, type Shape } from '../graph.ts';
import { counted, type Pass } from './pass.ts';
import { indexOf, rewrite } from './rewrite.ts';

/** A constant added per channel (a batch norm that only has a beta) becomes the bias of the layer before it. */
export const mergeConstantAdd: Pass = {
  id: 'merge-constant-add',
  describe: (count) => `${counted(count, 'constant addition became the bias', 'constant additions became the biases')} of the layer before it.`,
  run(model) {
    const index = indexOf(model.graph);
    const { weights } = model;
    const every = (id: string, value: number): boolean => (weights.get(id) as Float32Array).every((x) => x === value);
    for (const node of model.graph.nodes) {
      if (node.op !== 'batch-norm' || node.attributes.epsilon !== 0) continue;
      const { gamma, beta, mean, variance } = node.weights;
      if (!every(gamma, 1) || !every(mean, 0) || !every(variance, 1)) continue;
      const layer = index.producer.get(node.inputs[0]);
      if (!layer || !isLayer(layer) || !index.onlyRead(layer.id)) continue;
      const term = weights.get(beta) as Float32Array;
      const old = layer.weights.bias === undefined ? undefined : weights.get(layer.weights.bias);
      const values = old ? Float32Array.from(old, (value, i) => value + term[i]) : term;
      const id = layer.weights.bias ?? `${layer.id}/bias`;
      const edit = {
        replaced: new Map<string, readonly GraphNode[]>([
          [node.id, []],
          [layer.id, [{ ...layer, weights: { ...layer.weights, bias: id } } as GraphNode]],
        ]),
        renamed: new Map([[node.id, layer.id]]),
        weights: new Map<string, { shape: Shape; values: Float32Array }>([[id, { shape: [values.length], values }]]),
      };
      return { model: rewrite(model, edit), count: 1 };
    }
    return { model, count: 0 };
  },
};
