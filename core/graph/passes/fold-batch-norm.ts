import { isLayer, type GraphNode, type Model, type Shape } from '../graph.ts';
import { indexOf, rewrite } from './rewrite.ts';

/**
 * Folds every batch norm into the convolution or dense layer that only it reads: W' = W·γ/√(σ²+ε),
 * b' = β + (b − μ)·γ/√(σ²+ε), in double, rounded to float32 once. Batch norms after anything else stay.
 */
export function foldBatchNorm(model: Model): Model {
  let current = model;
  for (const { id } of model.graph.nodes) current = foldOne(current, id) ?? current;
  return current;
}

function foldOne(model: Model, id: string): Model | null {
  const index = indexOf(model.graph);
  const norm = index.producer.get(id);
  if (norm?.op !== 'batch-norm') return null;
  const layer = index.producer.get(norm.inputs[0]);
  if (!layer || !isLayer(layer) || !index.onlyRead(layer.id)) return null;
  const of = (weight: string | undefined): Float32Array | undefined => (weight === undefined ? undefined : model.weights.get(weight));
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map((slot) => of(norm.weights[slot]) as Float32Array);
  const kernel = of(layer.weights.kernel) as Float32Array;
  const bias = of(layer.weights.bias);
  const channels = gamma.length;
  const factor = Float64Array.from(gamma, (value, c) => value / Math.sqrt(variance[c] + norm.attributes.epsilon));
  // Output channels are last in every kernel; a depthwise kernel's last two dimensions are one.
  const folded = Float32Array.from(kernel, (value, i) => value * factor[i % channels]);
  const term = Float32Array.from(beta, (value, c) => value + ((bias ? bias[c] : 0) - mean[c]) * factor[c]);
  const kernelId = layer.weights.kernel;
  const biasId = layer.weights.bias ?? `${layer.id}/bias`;
  return rewrite(model, {
    replaced: new Map<string, readonly GraphNode[]>([
      [norm.id, []],
      [layer.id, [{ ...layer, weights: { ...layer.weights, kernel: kernelId, bias: biasId } } as GraphNode]],
    ]),
    renamed: new Map([[norm.id, layer.id]]),
    weights: new Map<string, { shape: Shape; values: Float32Array }>([
      [kernelId, { shape: model.graph.weights[kernelId].shape, values: folded }],
      [biasId, { shape: [channels], values: term }],
    ]),
  });
}
