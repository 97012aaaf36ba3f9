import { type Graph, type GraphNode, type Model, type NodeId, type NodeOf, type ValueId } from '../graph.ts';
import { equalShapes } from '../ops.ts';
import { indexOf, rewrite, type Edit, type GraphIndex } from './rewrite.ts';

type Add = NodeOf<'add'>;
type Convolution = NodeOf<'conv2d'>;

/** Slope of a fresh RPReLU on its negative side (ReActNet). */
const SLOPE = 0.25;

export interface ShortcutOptions {
  /** RPReLUs in place of the rectifiers behind additions, instead of none inside a block. */
  readonly rprelu: boolean;
}

export interface ShortcutSurgery {
  readonly model: Model;
  /** Values that are other numbers now. */
  readonly changed: ReadonlySet<ValueId>;
}

export function isRectifier(node: GraphNode): boolean {
  return node.op === 'relu' || (node.op === 'clip' && node.attributes.minimum === 0);
}

/** One-bit convolutions one behind the other, and the addition at their end. */
interface Block {
  readonly end: Add;
  readonly convolutions: readonly Convolution[];
  /** The other operand of the addition. */
  readonly shortcut: ValueId;
}

/** The batch norm behind a layer, which nothing else reads. */
function normBehind(index: GraphIndex, layer: NodeId): GraphNode | null {
  const [reader] = index.readers(layer);
  return index.onlyRead(layer) && reader.op === 'batch-norm' ? reader : null;
}

/** The one-bit convolution whose batch norm makes this value. */
function convolutionOf(index: GraphIndex, value: ValueId, layers: ReadonlySet<NodeId>): Convolution | null {
  const norm = index.producer.get(value);
  const node = norm?.op === 'batch-norm' ? index.producer.get(norm.inputs[0]) : undefined;
  return node?.op === 'conv2d' && layers.has(node.id) && index.onlyRead(node.id) ? node : null;
}

/** Where a shortcut begins: before its own convolution, pool or batch norm. */
function beginOf(index: GraphIndex, value: ValueId): ValueId {
  const node = index.producer.get(value);
  const own = node && (node.op === 'conv2d' || node.op === 'batch-norm' || node.op === 'average-pool') && index.onlyRead(node.id);
  return own ? beginOf(index, node.inputs[0]) : value;
}

function blockAt(index: GraphIndex, end: Add, side: 0 | 1, layers: ReadonlySet<NodeId>): Block | null {
  const shortcut = end.inputs[1 - side];
  const begins = new Set([shortcut, beginOf(index, shortcut)]);
  const convolutions: Convolution[] = [];
  for (let value = end.inputs[side]; ; ) {
    const convolution = index.onlyRead(value) ? convolutionOf(index, value, layers) : null;
    if (!convolution) return null;
    convolutions.unshift(convolution);
    const [input] = convolution.inputs;
    if (begins.has(input)) return { end, convolutions, shortcut };
    const activation = index.producer.get(input);
    if (!activation || !isRectifier(activation) || !index.onlyRead(input)) return null;
    value = activation.inputs[0];
  }
}

function blocksOf(graph: Graph, index: GraphIndex, layers: ReadonlySet<NodeId>): readonly Block[] {
  return graph.nodes.flatMap((node) => (node.op === 'add' ? [blockAt(index, node, 0, layers) ?? blockAt(index, node, 1, layers)].filter((block) => block !== null) : []));
}

class Surgery {
  readonly replaced = new Map<NodeId, readonly GraphNode[]>();
  readonly renamed = new Map<ValueId, ValueId>();
  readonly weights = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  readonly changed = new Set<ValueId>();
  /** Batch norms' results and the sums that stand for them. */
  private readonly sums = new Map<ValueId, ValueId>();
  private readonly index: GraphIndex;
  private readonly rprelu: boolean;

  constructor(index: GraphIndex, { rprelu }: ShortcutOptions) {
    this.index = index;
    this.rprelu = rprelu;
  }

  /** y = r + shortcut behind the convolution's batch norm, with its activation. Returns the value that stands for both. */
  around(convolution: Convolution, shortcut: ValueId): ValueId {
    const norm = normBehind(this.index, convolution.id) as GraphNode;
    const sum = `${convolution.id}/sum`;
    const add: GraphNode = { id: sum, op: 'add', inputs: [norm.id, this.sums.get(shortcut) ?? shortcut], attributes: {}, weights: {}, shape: norm.shape };
    this.replaced.set(norm.id, [norm, add]);
    this.sums.set(norm.id, sum);
    this.changed.add(sum);
    const [reader] = this.index.readers(norm.id);
    if (this.index.onlyRead(norm.id) && isRectifier(reader)) return this.activate(reader, sum, false);
    for (const other of this.index.readers(norm.id)) this.reconnect(other, norm.id, sum);
    return sum;
  }

  /** The addition at the end of a block: its operand `from` becomes `to`; the rectifier behind becomes an RPReLU. */
  finish(end: Add, from: ValueId, to: ValueId): void {
    this.reconnect(end, from, to);
    const [reader] = this.index.readers(end.id);
    if (this.index.onlyRead(end.id) && isRectifier(reader)) this.activate(reader, end.id, true);
  }

  /** The shortcut's 1×1 convolution of stride 2 reads means of 2×2 pixels instead of every fourth. */
  averageBefore(value: ValueId): void {
    const last = this.index.producer.get(value);
    const node = last?.op === 'batch-norm' ? this.index.producer.get(last.inputs[0]) : last;
    if (node?.op !== 'conv2d' || this.replaced.has(node.id)) return;
    const { attributes } = node;
    const [, height, width, channels] = this.index.shape(node.inputs[0]);
    const halves = attributes.strideY === 2 && attributes.strideX === 2 && height % 2 === 0 && width % 2 === 0;
    const padded = attributes.padTop + attributes.padBottom + attributes.padLeft + attributes.padRight > 0;
    if (!halves || padded || height / 2 !== node.shape[1] || width / 2 !== node.shape[2]) return;
    const pool: NodeOf<'average-pool'> = {
      id: `${node.id}/mean`,
      op: 'average-pool',
      inputs: node.inputs,
      attributes: { sizeY: 2, sizeX: 2, strideY: 2, strideX: 2, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 },
      weights: {},
      shape: [1, height / 2, width / 2, channels],
    };
    this.replaced.set(node.id, [pool, { ...node, inputs: [pool.id], attributes: { ...attributes, strideY: 1, strideX: 1 } }]);
    this.changed.add(pool.id);
  }

  /** What stands for a rectifier's value, which now reads `sum`. */
  private activate(rectifier: GraphNode, sum: ValueId, ends: boolean): ValueId {
    this.changed.add(rectifier.id);
    if (this.rprelu) {
      const channels = rectifier.shape[rectifier.shape.length - 1];
      const slots = { before: 0, slope: SLOPE, after: 0 };
      const weights = Object.fromEntries(Object.keys(slots).map((slot) => [slot, `${rectifier.id}/${slot}`]));
      for (const [slot, value] of Object.entries(slots)) this.weights.set(`${rectifier.id}/${slot}`, { shape: [channels], values: new Float32Array(channels).fill(value) });
      this.replaced.set(rectifier.id, [{ id: rectifier.id, op: 'rprelu', inputs: [sum], attributes: {}, weights, shape: rectifier.shape }]);
      return rectifier.id;
    }
    if (ends) return rectifier.id;
    this.replaced.set(rectifier.id, []);
    this.renamed.set(rectifier.id, sum);
    return sum;
  }

  private reconnect(node: GraphNode, from: ValueId, to: ValueId): void {
    const current = this.replaced.get(node.id) ?? [node];
    this.replaced.set(node.id, current.map((part) => ({ ...part, inputs: part.inputs.map((id) => (id === from ? to : id)) }) as GraphNode));
    this.changed.add(node.id);
  }

  apply(model: Model): ShortcutSurgery {
    if (this.changed.size === 0) return { model, changed: this.changed };
    const edit: Edit = { replaced: this.replaced, renamed: this.renamed, weights: this.weights };
    const { graph, weights } = rewrite(model, edit);
    const nodes = inOrder(graph);
    const changed = new Set(this.changed);
    for (const node of nodes) if (node.inputs.some((id) => changed.has(id))) changed.add(node.id);
    return { model: { graph: { ...graph, nodes }, weights }, changed };
  }
}

/** Topological, and otherwise as they stood: a shortcut may have been computed after the layer that now needs it. */
function inOrder({ nodes, inputs }: Graph): readonly GraphNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const done = new Set(inputs.map(({ id }) => id));
  const result: GraphNode[] = [];
  const visit = (node: GraphNode): void => {
    if (done.has(node.id)) return;
    done.add(node.id);
    for (const id of node.inputs) {
      const before = byId.get(id);
      if (before) visit(before);
    }
    result.push(node);
  };
  nodes.forEach(visit);
  return result;
}

/**
 * A shortcut around every one-bit convolution whose result has the shape of what goes around it, so that real values pass each
 * sign (Liu et al. 2018, Bi-Real Net, §3.1). In a residual block the first convolution takes over the block's own shortcut,
 * the others have the identity. Layers must have their batch norms; layers with a shift are prepared already and stay.
 */
export function addShortcuts(model: Model, layers: ReadonlySet<NodeId>, options: ShortcutOptions): ShortcutSurgery {
  const { graph } = model;
  const index = indexOf(graph);
  const surgery = new Surgery(index, options);
  const fresh = new Set(graph.nodes.flatMap((node) => (node.op === 'conv2d' && layers.has(node.id) && node.weights.shift === undefined ? [node.id] : [])));
  const done = new Set<NodeId>();
  for (const { end, convolutions, shortcut } of blocksOf(graph, index, fresh)) {
    const shape = index.shape(shortcut);
    const fits = convolutions.every((convolution) => equalShapes(convolution.shape, shape));
    if (!fits) continue;
    surgery.averageBefore(shortcut);
    let carried = shortcut;
    for (const convolution of convolutions.slice(0, -1)) carried = surgery.around(convolution, carried);
    surgery.finish(end, shortcut, carried);
    for (const { id } of convolutions) done.add(id);
  }
  for (const node of graph.nodes) {
    if (node.op !== 'conv2d' || !fresh.has(node.id) || done.has(node.id)) continue;
    const norm = normBehind(index, node.id);
    const [input] = node.inputs;
    const parallel = norm && index.readers(norm.id).some((reader) => reader.op === 'add' && reader.inputs.includes(input));
    if (norm && !parallel && !graph.outputs.includes(norm.id) && equalShapes(index.shape(input), node.shape)) surgery.around(node, input);
  }
  return surgery.apply(model);
}
