/**
 * The intermediate representation: plain readonly data, NHWC, one sample (the leading batch dimension is always 1).
 * A node has one output, which carries the node's id. Weights live beside the graph, by id.
 */
export type Shape = readonly number[];
export type ValueId = string;
export type WeightId = string;
export type NodeId = string;

export interface SpatialWindow {
  readonly strideY: number;
  readonly strideX: number;
  readonly padTop: number;
  readonly padBottom: number;
  readonly padLeft: number;
  readonly padRight: number;
}

export interface ConvolutionAttributes extends SpatialWindow {
  readonly dilationY: number;
  readonly dilationX: number;
}

export interface PoolAttributes extends SpatialWindow {
  readonly sizeY: number;
  readonly sizeX: number;
}

/** Attributes of every operator. Weight slots, shapes and cost of each are in `ops.ts`. */
export interface OpAttributes {
  /** weights: kernel [kh, kw, cin, cout], bias? [cout], shift? [cin] (learned sign threshold of an xnor layer) */
  readonly conv2d: ConvolutionAttributes;
  /** weights: kernel [kh, kw, c, multiplier], bias? [c·multiplier] */
  readonly 'depthwise-conv2d': ConvolutionAttributes;
  /** weights: kernel [cin, cout], bias? [cout], shift? [period]: the channels of a flattened image repeat */
  readonly dense: Record<never, never>;
  /** weights: gamma, beta, mean, variance, all [c] */
  readonly 'batch-norm': { readonly epsilon: number };
  readonly relu: Record<never, never>;
  /** Relu6 is 0..6, Hardtanh is −1..1. */
  readonly clip: { readonly minimum: number; readonly maximum: number };
  readonly 'leaky-relu': { readonly alpha: number };
  /** weights: before, slope, after, all [c]: u = x + before; u or slope·u where u ≤ 0; + after (ReActNet, §4.2) */
  readonly rprelu: Record<never, never>;
  readonly sigmoid: Record<never, never>;
  readonly tanh: Record<never, never>;
  /** Over the last axis. */
  readonly softmax: Record<never, never>;
  readonly add: Record<never, never>;
  /** Element by element, of two values of one shape. */
  readonly multiply: Record<never, never>;
  /** [1, …, m, k] and [1, …, k, n] → [1, …, m, n] */
  readonly 'matrix-product': Record<never, never>;
  readonly exponential: Record<never, never>;
  /** The error function: 2/√π ∫₀ˣ e^−t² dt. */
  readonly erf: Record<never, never>;
  /** xᵉ, also for roots (½) and reciprocals (−1). */
  readonly power: { readonly exponent: number };
  readonly 'max-pool': PoolAttributes;
  /** Padded positions are not counted in the divisor. */
  readonly 'average-pool': PoolAttributes;
  /** [1, h, w, c] → [1, c] */
  readonly 'global-average-pool': Record<never, never>;
  readonly reshape: { readonly shape: Shape };
  readonly transpose: { readonly permutation: readonly number[] };
  /** Zero padding of any axis, channels included. */
  readonly pad: { readonly before: readonly number[]; readonly after: readonly number[] };
  readonly slice: { readonly begin: readonly number[]; readonly end: readonly number[]; readonly step: readonly number[] };
  readonly concat: { readonly axis: number };
  /** Repeats along axes of size 1 until the value has this shape. */
  readonly expand: { readonly shape: Shape };
  readonly identity: Record<never, never>;
  /** An operator the studio does not run: kept with its name so that nothing before it is lost. */
  readonly unknown: { readonly sourceOp: string };
}
export type OpId = keyof OpAttributes;

export interface NodeOf<K extends OpId> {
  readonly id: NodeId;
  readonly op: K;
  readonly inputs: readonly ValueId[];
  readonly attributes: OpAttributes[K];
  /** slot → weight id */
  readonly weights: Readonly<Record<string, WeightId>>;
  /** Shape of the output, batch included. */
  readonly shape: Shape;
}
export type GraphNode = { [K in OpId]: NodeOf<K> }[OpId];

export interface GraphInput {
  readonly id: ValueId;
  readonly shape: Shape;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  /** In topological order. */
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly ValueId[];
  readonly weights: Readonly<Record<WeightId, { readonly shape: Shape }>>;
}

export type Weights = ReadonlyMap<WeightId, Float32Array>;

export interface Model {
  readonly graph: Graph;
  readonly weights: Weights;
}

/** Operators whose constant kernel takes a precision scheme: a "layer" everywhere in the studio. */
export const LAYER_OPS = ['conv2d', 'depthwise-conv2d', 'dense'] as const satisfies readonly OpId[];
export type LayerOp = (typeof LAYER_OPS)[number];
export type LayerNode = Extract<GraphNode, { op: LayerOp }>;

export function isLayer(node: GraphNode): node is LayerNode {
  return (LAYER_OPS as readonly string[]).includes(node.op);
}

export function layersOf(graph: Graph): readonly LayerNode[] {
  return graph.nodes.filter(isLayer);
}

const nodeTables = new WeakMap<Graph, ReadonlyMap<NodeId, GraphNode>>();

/** Nodes by their id. Made once a graph: a search for each of thousands of nodes takes seconds. */
export function nodesById(graph: Graph): ReadonlyMap<NodeId, GraphNode> {
  let table = nodeTables.get(graph);
  if (!table) nodeTables.set(graph, (table = new Map(graph.nodes.map((node) => [node.id, node]))));
  return table;
}

export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}
