import { createRandom, type Random } from '../../core/base/random.ts';
import { elementCount, isLayer, type Graph, type GraphNode, type Model, type NodeOf, type OpId, type Shape } from '../../core/graph/graph.ts';
import { inferShape, weightShapesOf } from '../../core/graph/ops.ts';
import { verifyModel } from '../../core/graph/verify.ts';

const CONV = { strideY: 1, strideX: 1, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1, dilationY: 1, dilationX: 1 } as const;
const POOL = { sizeY: 2, sizeX: 2, strideY: 2, strideX: 2, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 } as const;

/** Small networks with random weights and batch norm statistics, as training would leave them. */
class Sketch {
  private readonly nodes: GraphNode[] = [];
  private readonly shapes: Record<string, { shape: Shape }> = {};
  private readonly weights = new Map<string, Float32Array>();
  private readonly random: Random;
  private readonly input: Shape;

  constructor(seed: number, input: Shape) {
    this.random = createRandom(seed);
    this.input = input;
  }

  private shapeOf(id: string): Shape {
    return this.nodes.find((node) => node.id === id)?.shape ?? this.input;
  }

  add<K extends OpId>(op: K, inputs: readonly string[], attributes: NodeOf<K>['attributes'], weights: Readonly<Record<string, string>> = {}): string {
    const id = `${op}${this.nodes.length}`;
    const node = { id, op, inputs, attributes, weights, shape: [] as Shape };
    const inferred = inferShape(node as unknown as GraphNode, inputs.map((input) => this.shapeOf(input)), weightShapesOf(node as unknown as GraphNode, this.shapes));
    if ('problem' in inferred) throw new Error(`${id} ${inferred.problem}`);
    this.nodes.push({ ...node, shape: inferred.shape } as unknown as GraphNode);
    return id;
  }

  private weight(id: string, shape: Shape, value: () => number): string {
    this.shapes[id] = { shape };
    this.weights.set(id, Float32Array.from({ length: elementCount(shape) }, value));
    return id;
  }

  private kernel(shape: Shape, fanIn: number): string {
    return this.weight(`w${this.nodes.length}`, shape, () => this.random.normal(0, Math.sqrt(2 / fanIn)));
  }

  private bias(count: number, wanted: boolean): Readonly<Record<string, string>> {
    return wanted ? { bias: this.weight(`b${this.nodes.length}`, [count], () => this.random.normal(0, 0.2)) } : {};
  }

  conv(x: string, width: number, options: { readonly size?: number; readonly stride?: number; readonly bias?: boolean } = {}): string {
    const { size = 3, stride = 1, bias = false } = options;
    const channels = this.shapeOf(x)[3];
    const pad = (size - 1) >> 1;
    const attributes = { ...CONV, strideY: stride, strideX: stride, padTop: pad, padBottom: pad, padLeft: pad, padRight: pad };
    return this.add('conv2d', [x], attributes, { kernel: this.kernel([size, size, channels, width], size * size * channels), ...this.bias(width, bias) });
  }

  depthwise(x: string): string {
    const channels = this.shapeOf(x)[3];
    return this.add('depthwise-conv2d', [x], CONV, { kernel: this.kernel([3, 3, channels, 1], 9) });
  }

  dense(x: string, width: number, bias = true): string {
    const channels = this.shapeOf(x)[1];
    return this.add('dense', [x], {}, { kernel: this.kernel([channels, width], channels), ...this.bias(width, bias) });
  }

  /** Some channels have a negative gain. */
  norm(x: string): string {
    const channels = this.shapeOf(x).at(-1) ?? 1;
    const make = (slot: string, value: () => number): string => this.weight(`${slot}${this.nodes.length}`, [channels], value);
    const { random } = this;
    return this.add('batch-norm', [x], { epsilon: 1e-3 }, {
      gamma: make('gamma', () => random.uniform(0.5, 1.5) * (random.chance(0.2) ? -1 : 1)),
      beta: make('beta', () => random.normal(0, 0.3)),
      mean: make('mean', () => random.normal(0, 0.3)),
      variance: make('variance', () => random.uniform(0.5, 2)),
    });
  }

  relu(x: string): string {
    return this.add('relu', [x], {});
  }

  flatten(x: string): string {
    return this.add('reshape', [x], { shape: [1, elementCount(this.shapeOf(x))] });
  }

  finish(name: string, output: string): Model {
    const graph: Graph = { name, inputs: [{ id: 'input', shape: this.input }], nodes: this.nodes, outputs: [output], weights: this.shapes };
    const model = { graph, weights: this.weights };
    verifyModel(model);
    return model;
  }
}

const plain = (seed: number): Model => {
  const net = new Sketch(seed, [1, 8, 8, 3]);
  let x = net.relu(net.norm(net.conv('input', 8)));
  x = net.add('max-pool', [x], POOL);
  x = net.relu(net.norm(net.conv(x, 12)));
  x = net.relu(net.norm(net.conv(x, 8, { stride: 2, bias: true })));
  x = net.flatten(x);
  x = net.relu(net.norm(net.dense(x, 16, false)));
  return net.finish('plain', net.dense(x, 5));
};

/** Convolution → pool → batch norm, ReLU6, no batch norm before the dense layers, softmax at the end. */
const unusual = (seed: number): Model => {
  const net = new Sketch(seed, [1, 9, 9, 2]);
  let x = net.add('clip', [net.conv('input', 6, { bias: true })], { minimum: 0, maximum: 2 });
  x = net.norm(net.add('max-pool', [net.conv(x, 10)], { ...POOL, padRight: 1, padBottom: 1 }));
  x = net.relu(net.conv(net.relu(x), 8, { bias: true }));
  x = net.add('average-pool', [x], { ...POOL, sizeX: 3, padLeft: 1 });
  x = net.relu(net.dense(net.flatten(x), 12));
  return net.finish('unusual', net.add('softmax', [net.dense(x, 4)], {}));
};

/** A residual network with a shortcut that changes size, and global pooling. */
const residual = (seed: number): Model => {
  const net = new Sketch(seed, [1, 8, 8, 3]);
  const stem = net.relu(net.norm(net.conv('input', 8)));
  let x = net.norm(net.conv(net.relu(net.norm(net.conv(stem, 8))), 8));
  const first = net.relu(net.add('add', [x, stem], {}));
  x = net.norm(net.conv(net.relu(net.norm(net.conv(first, 12, { stride: 2 }))), 12));
  // As in ResNet-8, the shortcut that changes size has no batch norm.
  const shortcut = net.conv(first, 12, { size: 1, stride: 2, bias: true });
  x = net.relu(net.add('add', [x, shortcut], {}));
  return net.finish('residual', net.dense(net.add('global-average-pool', [x], {}), 6));
};

/** Depthwise layers, and every operator that only moves values. */
const moving = (seed: number): Model => {
  const net = new Sketch(seed, [1, 6, 6, 4]);
  let x = net.relu(net.norm(net.conv('input', 8, { size: 1 })));
  x = net.relu(net.norm(net.depthwise(x)));
  x = net.add('pad', [x], { before: [0, 0, 1, 0], after: [0, 1, 0, 0] });
  x = net.relu(net.norm(net.conv(x, 8)));
  x = net.add('slice', [x], { begin: [0, 0, 1, 0], end: [1, 7, 7, 8], step: [1, 2, 1, 1] });
  x = net.add('transpose', [x], { permutation: [0, 2, 1, 3] });
  return net.finish('moving', net.dense(net.flatten(x), 5));
};

/** Swish, a gate a channel as in squeeze-and-excitation networks, and an exponential. */
const gated = (seed: number): Model => {
  const net = new Sketch(seed, [1, 6, 6, 3]);
  const stem = net.norm(net.conv('input', 8));
  let x = net.add('multiply', [stem, net.add('sigmoid', [stem], {})], {});
  x = net.relu(net.norm(net.conv(x, 8)));
  const squeezed = net.relu(net.dense(net.add('global-average-pool', [x], {}), 4));
  const gate = net.add('reshape', [net.add('sigmoid', [net.dense(squeezed, 8)], {})], { shape: [1, 1, 1, 8] });
  x = net.add('multiply', [x, net.add('expand', [gate], { shape: [1, 6, 6, 8] })], {});
  const low = net.add('clip', [net.norm(net.conv(x, 8))], { minimum: -4, maximum: 0 });
  return net.finish('gated', net.dense(net.flatten(net.add('exponential', [low], {})), 5));
};

export const LAW_NETWORKS = { plain, unusual, residual, moving, gated } as const;

/** Every layer that can take the scheme has it; the others have int8, and so do first and last. */
export function layerIds(model: Model): readonly string[] {
  return model.graph.nodes.filter(isLayer).map((node) => node.id);
}
