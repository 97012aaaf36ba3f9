import { elementCount, isLayer, type GraphNode, type LayerNode, type Model, type NodeId, type Shape, type ValueId, type WeightId } from '../graph.ts';
import { indexOf, rewrite, type GraphIndex } from './rewrite.ts';

/** x ≈ centre + halfStep·(±1) per channel, bit +1 iff x ≥ centre. */
export interface TwoLevelFit {
  readonly centre: Float32Array;
  readonly halfStep: Float32Array;
}

/** Operators that a ReLU can move behind unchanged: they only pick values. A mean of rectified values is another thing. */
const LOOKED_THROUGH = new Set<GraphNode['op']>(['max-pool', 'reshape', 'transpose', 'identity']);
/** Operators that a positive gain and an offset per channel can move behind. */
const KEEPS_CHANNELS = new Set<GraphNode['op']>(['max-pool', 'average-pool', 'global-average-pool', 'reshape', 'identity']);

function isRectifier(node: GraphNode): boolean {
  return node.op === 'relu' || (node.op === 'clip' && node.attributes.minimum === 0);
}

/** Every layer or operator that a value ends in, looking through pools and reshapes. */
function endReaders(index: GraphIndex, value: ValueId, outputs: readonly ValueId[]): readonly (GraphNode | null)[] {
  const own = outputs.includes(value) ? [null] : [];
  return [...own, ...index.readers(value).flatMap((reader) => (LOOKED_THROUGH.has(reader.op) ? endReaders(index, reader.id, outputs) : [reader]))];
}

type BatchNorm = Extract<GraphNode, { op: 'batch-norm' }>;

/** The batch norm whose only purpose is to feed this layer, with vanishing rectifiers, pools and reshapes between them. */
function feedingNorm(model: Model, index: GraphIndex, vanishing: ReadonlySet<NodeId>, layer: LayerNode, period: number): BatchNorm | null {
  let value = layer.inputs[0];
  for (;;) {
    const node = index.producer.get(value);
    if (!node || !index.onlyRead(value)) return null;
    if (node.op === 'batch-norm') return model.graph.weights[node.weights.gamma].shape[0] === period ? node : null;
    if (!KEEPS_CHANNELS.has(node.op) && !vanishing.has(node.id)) return null;
    value = node.inputs[0];
  }
}

/** A channel that never changes has no step of its own: it gets an ordinary one, so that it can wake up in training. */
function completed({ centre, halfStep }: TwoLevelFit): { readonly threshold: Float32Array; readonly step: Float32Array; readonly middle: Float64Array } {
  const alive = halfStep.filter((step) => step > 0);
  const ordinary = alive.length > 0 ? alive.reduce((sum, step) => sum + step, 0) / alive.length : 1;
  const step = halfStep.map((own) => (own > 0 ? own : ordinary));
  // Its constant value is then the low level, so that the sum over the inputs stays what it was.
  return { threshold: centre, step, middle: Float64Array.from(centre, (value, c) => (halfStep[c] > 0 ? value : value + ordinary)) };
}

/**
 * Prepares layers for one-bit inputs (METHODS §6). Σ W·x ≈ Σ (W·step)·(±1) + Σ W·middle: the steps go into the kernel, the
 * rest into the batch norm or bias behind it. The threshold and step go into the batch norm in front, where one feeds this
 * layer alone, else into the layer's own shift. Rectifiers that only one-bit layers read vanish: signs do not see them.
 * Layers that already have a shift stay as they are.
 */
export function prepareOneBitLayers(model: Model, layers: ReadonlySet<NodeId>, fitOf: (value: ValueId) => TwoLevelFit): Model {
  const { graph } = model;
  const index = indexOf(graph);
  const replaced = new Map<NodeId, readonly GraphNode[]>();
  const weights = new Map<WeightId, { shape: Shape; values: Float32Array }>();
  const current = (id: WeightId): Float32Array => weights.get(id)?.values ?? (model.weights.get(id) as Float32Array);
  const set = (id: WeightId, values: Float32Array): void => void weights.set(id, { shape: graph.weights[id]?.shape ?? [values.length], values });

  const vanishing = new Set<NodeId>();
  const renamed = new Map<ValueId, ValueId>();
  for (const node of graph.nodes) {
    if (!isRectifier(node)) continue;
    const readers = endReaders(index, node.id, graph.outputs);
    if (readers.length === 0 || !readers.every((reader) => reader && layers.has(reader.id))) continue;
    vanishing.add(node.id);
    replaced.set(node.id, []);
    renamed.set(node.id, node.inputs[0]);
  }
  for (const node of graph.nodes) {
    if (!isLayer(node) || node.op === 'depthwise-conv2d' || !layers.has(node.id) || node.weights.shift !== undefined) continue;
    const { threshold, step, middle } = completed(fitOf(node.inputs[0]));
    const kernelShape = graph.weights[node.weights.kernel].shape;
    const channels = kernelShape[kernelShape.length - 1];
    const kernel = current(node.weights.kernel);
    const moved = new Float64Array(channels);
    const folded = new Float32Array(elementCount(kernelShape));
    for (let i = 0; i < kernel.length; i++) {
      const c = Math.floor(i / channels) % step.length;
      folded[i] = kernel[i] * step[c];
      moved[i % channels] += kernel[i] * middle[c];
    }
    set(node.weights.kernel, folded);

    const slots: Record<string, WeightId> = { ...node.weights, shift: `${node.id}/shift` };
    const [reader] = index.readers(node.id);
    const norm = index.onlyRead(node.id) && reader.op === 'batch-norm' ? reader : null;
    if (norm) set(norm.weights.mean, current(norm.weights.mean).map((mean, k) => mean - moved[k]));
    else {
      slots.bias ??= `${node.id}/bias`;
      const old = node.weights.bias === undefined ? null : current(node.weights.bias);
      set(slots.bias, Float32Array.from(moved, (value, k) => value + (old?.[k] ?? 0)));
    }

    const feeding = feedingNorm(model, index, vanishing, node, threshold.length);
    if (feeding) {
      const { gamma, beta } = feeding.weights;
      set(gamma, current(gamma).map((value, c) => value / step[c]));
      set(beta, current(beta).map((value, c) => (value - threshold[c]) / step[c]));
      set(slots.shift, new Float32Array(threshold.length));
    } else set(slots.shift, threshold.map((value) => -value));
    replaced.set(node.id, [{ ...node, weights: slots } as GraphNode]);
  }

  if (replaced.size === 0) return model;
  return rewrite(model, { replaced, renamed, weights });
}
