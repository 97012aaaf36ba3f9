import { elementCount, isLayer, type Graph, type GraphNode, type LayerNode, type Model, type NodeId, type Shape, type ValueId, type WeightId } from '../graph.ts';
import { isRectifier } from './one-bit-shortcuts.ts';
import { indexOf, rewrite, type GraphIndex } from './rewrite.ts';

/** x ≈ centre + halfStep·(±1) per channel, bit +1 iff x ≥ centre. */
export interface TwoLevelFit {
  readonly centre: Float32Array;
  readonly halfStep: Float32Array;
}

export interface OneBitSurgery {
  readonly model: Model;
  /** Values that are on another scale now: what was measured of them does not hold any more. */
  readonly rescaled: ReadonlySet<ValueId>;
}

/** Operators that a ReLU can move behind unchanged: they only pick values. A mean of rectified values is another thing. */
const LOOKED_THROUGH = new Set<GraphNode['op']>(['max-pool', 'reshape', 'transpose', 'identity']);
/** Operators that a positive gain and an offset per channel can move behind. */
const KEEPS_CHANNELS = new Set<GraphNode['op']>(['max-pool', 'average-pool', 'global-average-pool', 'reshape', 'identity']);

/** Every layer or operator that a value ends in, looking through pools and reshapes; null stands for an output. */
function endReaders(index: GraphIndex, value: ValueId, outputs: readonly ValueId[]): readonly (GraphNode | null)[] {
  const own = outputs.includes(value) ? [null] : [];
  return [...own, ...index.readers(value).flatMap((reader) => (LOOKED_THROUGH.has(reader.op) ? endReaders(index, reader.id, outputs) : [reader]))];
}

/** Rectifiers that only one-bit layers read: signs do not see them. */
function vanishingRectifiers(graph: Graph, index: GraphIndex, layers: ReadonlySet<NodeId>): ReadonlyMap<NodeId, ValueId> {
  const vanishing = new Map<NodeId, ValueId>();
  for (const node of graph.nodes) {
    if (!isRectifier(node)) continue;
    const readers = endReaders(index, node.id, graph.outputs);
    if (readers.length > 0 && readers.every((reader) => reader && layers.has(reader.id))) vanishing.set(node.id, node.inputs[0]);
  }
  return vanishing;
}

interface Feeder {
  /** A batch norm, or a layer without one. */
  readonly node: Extract<GraphNode, { op: 'batch-norm' }> | LayerNode;
  /** The values from there to the one-bit layer. */
  readonly path: readonly ValueId[];
}

/** What can take the threshold and the step of a one-bit layer's input, because it feeds that layer alone. */
function feederOf(index: GraphIndex, vanishing: ReadonlyMap<NodeId, ValueId>, layer: LayerNode, channels: number, rescalable: ReadonlySet<NodeId>): Feeder | null {
  const path: ValueId[] = [];
  for (let value = layer.inputs[0]; ; ) {
    const node = index.producer.get(value);
    if (!node || !index.onlyRead(value)) return null;
    path.push(value);
    if (node.op === 'batch-norm' || isLayer(node)) {
      const fits = node.shape[node.shape.length - 1] === channels && (node.op === 'batch-norm' || rescalable.has(node.id));
      return fits ? { node, path } : null;
    }
    if (!KEEPS_CHANNELS.has(node.op) && !vanishing.has(node.id)) return null;
    value = node.inputs[0];
  }
}

/** A channel that never changes has no step of its own: it gets an ordinary one, so that it can wake up in training. */
export function completedSteps(halfStep: Float32Array): Float32Array {
  const alive = halfStep.filter((step) => step > 0);
  const ordinary = alive.length > 0 ? alive.reduce((sum, step) => sum + step, 0) / alive.length : 1;
  return halfStep.map((own) => (own > 0 ? own : ordinary));
}

function completed({ centre, halfStep }: TwoLevelFit): { readonly threshold: Float32Array; readonly step: Float32Array; readonly middle: Float64Array } {
  const step = completedSteps(halfStep);
  // Its constant value is then the low level, so that the sum over the inputs stays what it was.
  return { threshold: centre, step, middle: Float64Array.from(centre, (value, c) => (halfStep[c] > 0 ? value : value + step[c])) };
}

/** Weights and slots as they are so far in the surgery. */
class Changes {
  readonly weights = new Map<WeightId, { shape: Shape; values: Float32Array }>();
  readonly slots = new Map<NodeId, Record<string, WeightId>>();
  private readonly model: Model;

  constructor(model: Model) {
    this.model = model;
  }

  get(id: WeightId): Float32Array {
    return this.weights.get(id)?.values ?? (this.model.weights.get(id) as Float32Array);
  }

  set(id: WeightId, values: Float32Array): void {
    this.weights.set(id, { shape: this.model.graph.weights[id]?.shape ?? [values.length], values });
  }

  update(id: WeightId, change: (value: number, index: number) => number): void {
    this.set(id, this.get(id).map(change));
  }

  slotsOf(node: GraphNode): Record<string, WeightId> {
    const known = this.slots.get(node.id) ?? { ...node.weights };
    this.slots.set(node.id, known);
    return known;
  }

  /** The bias of a layer, made of zeros where it has none. */
  biasOf(layer: LayerNode, channels: number): WeightId {
    const slots = this.slotsOf(layer);
    if (slots.bias === undefined) {
      slots.bias = `${layer.id}/bias`;
      this.set(slots.bias, new Float32Array(channels));
    }
    return slots.bias;
  }
}

/** x ← (x − threshold)/step in the feeder's own weights. */
function fold(changes: Changes, { node }: Feeder, threshold: Float32Array, step: Float32Array): void {
  const channels = threshold.length;
  if (node.op === 'batch-norm') {
    changes.update(node.weights.gamma, (value, c) => value / step[c]);
    changes.update(node.weights.beta, (value, c) => (value - threshold[c]) / step[c]);
  } else {
    changes.update(node.weights.kernel, (value, i) => value / step[i % channels]);
    changes.update(changes.biasOf(node, channels), (value, c) => (value - threshold[c]) / step[c]);
  }
}

/**
 * Prepares layers for one-bit inputs (METHODS §6). Σ W·x ≈ Σ (W·step)·(±1) + Σ W·middle: the steps go into the kernel, the
 * rest into the batch norm or bias behind it. The threshold and step of the input go into what is in front, a batch norm or
 * one of the `rescalable` layers, where that feeds this layer alone; else the threshold is the layer's own shift. Rectifiers
 * that only one-bit layers read vanish. Layers that already have a shift stay as they are.
 */
export function prepareOneBitLayers(
  model: Model,
  layers: ReadonlySet<NodeId>,
  rescalable: ReadonlySet<NodeId>,
  fitOf: (layer: NodeId) => TwoLevelFit,
): OneBitSurgery {
  const { graph } = model;
  const index = indexOf(graph);
  const changes = new Changes(model);
  const rescaled = new Set<ValueId>();
  const vanishing = vanishingRectifiers(graph, index, layers);

  for (const node of graph.nodes) {
    if (!isLayer(node) || node.op === 'depthwise-conv2d' || !layers.has(node.id) || node.weights.shift !== undefined) continue;
    const { threshold, step, middle } = completed(fitOf(node.id));
    const kernelShape = graph.weights[node.weights.kernel].shape;
    const channels = kernelShape[kernelShape.length - 1];
    const kernel = changes.get(node.weights.kernel);
    const moved = new Float64Array(channels);
    const folded = new Float32Array(elementCount(kernelShape));
    for (let i = 0; i < kernel.length; i++) {
      const c = Math.floor(i / channels) % step.length;
      folded[i] = kernel[i] * step[c];
      moved[i % channels] += kernel[i] * middle[c];
    }
    changes.set(node.weights.kernel, folded);

    const [reader] = index.readers(node.id);
    if (index.onlyRead(node.id) && reader.op === 'batch-norm') changes.update(reader.weights.mean, (mean, k) => mean - moved[k]);
    else changes.update(changes.biasOf(node, channels), (bias, k) => bias + moved[k]);

    const feeder = feederOf(index, vanishing, node, threshold.length, rescalable);
    const slots = changes.slotsOf(node);
    slots.shift = `${node.id}/shift`;
    changes.set(slots.shift, threshold.map((value) => (feeder ? 0 : -value)));
    if (feeder) {
      fold(changes, feeder, threshold, step);
      for (const value of feeder.path) rescaled.add(value);
    }
  }

  const replaced = new Map<NodeId, readonly GraphNode[]>();
  for (const node of graph.nodes) {
    const slots = changes.slots.get(node.id);
    if (slots) replaced.set(node.id, [{ ...node, weights: slots } as GraphNode]);
    if (vanishing.has(node.id)) replaced.set(node.id, []);
  }
  if (replaced.size === 0) return { model, rescaled };
  return { model: rewrite(model, { replaced, renamed: vanishing, weights: changes.weights }), rescaled };
}
