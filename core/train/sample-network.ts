import { createRandom } from '../base/random.ts';
import { elementCount, type Graph, type GraphNode, type Model, type Shape } from '../graph/graph.ts';
import { verify } from '../graph/verify.ts';

const POINT = { strideY: 1, strideX: 1, dilationY: 1, dilationX: 1 } as const;
const SAME = { padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 } as const;
const HALVE = { sizeY: 2, sizeX: 2, strideY: 2, strideX: 2, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 } as const;
const EPSILON = 1e-3;

/** Channels of the three convolutions and width of the dense layer behind them. */
const WIDTHS = [16, 32, 32] as const;
const HIDDEN = 48;
const CLASSES = 10;

class Builder {
  readonly nodes: GraphNode[] = [];
  readonly shapes: Record<string, { shape: Shape }> = {};
  readonly weights = new Map<string, Float32Array>();
  private readonly random;

  constructor(seed: number) {
    this.random = createRandom(seed);
  }

  private weight(id: string, shape: Shape, value: () => number): string {
    this.shapes[id] = { shape };
    this.weights.set(id, Float32Array.from({ length: elementCount(shape) }, value));
    return id;
  }

  /** Normal with deviation √(2 ÷ fan-in), for layers before a ReLU (He et al. 2015, §2.2). */
  kernel(id: string, shape: Shape): string {
    const fanIn = elementCount(shape.slice(0, -1));
    return this.weight(`${id}/kernel`, shape, () => this.random.normal(0, Math.sqrt(2 / fanIn)));
  }

  constant(id: string, size: number, value: number): string {
    return this.weight(id, [size], () => value);
  }

  /** Batch norm and ReLU; returns the name of the result. */
  activate(id: string, input: string, shape: Shape): string {
    const channels = shape[shape.length - 1];
    const weights = {
      gamma: this.constant(`${id}-norm/gamma`, channels, 1),
      beta: this.constant(`${id}-norm/beta`, channels, 0),
      mean: this.constant(`${id}-norm/mean`, channels, 0),
      variance: this.constant(`${id}-norm/variance`, channels, 1),
    };
    this.nodes.push({ id: `${id}-norm`, op: 'batch-norm', inputs: [input], attributes: { epsilon: EPSILON }, weights, shape });
    this.nodes.push({ id: `${id}-relu`, op: 'relu', inputs: [`${id}-norm`], attributes: {}, weights: {}, shape });
    return `${id}-relu`;
  }
}

/** The network of the sample, untrained: three convolutions, two dense layers, batch norm behind all but the last. */
export function buildSampleNetwork(seed: number): Model {
  const builder = new Builder(seed);
  let size = 28;
  let channels = 1;
  let value = 'image';
  WIDTHS.forEach((width, i) => {
    const id = `conv${i + 1}`;
    const shape = [1, size, size, width];
    builder.nodes.push({ id, op: 'conv2d', inputs: [value], attributes: { ...POINT, ...SAME }, weights: { kernel: builder.kernel(id, [3, 3, channels, width]) }, shape });
    value = builder.activate(id, id, shape);
    if (i !== 1) {
      size /= 2;
      builder.nodes.push({ id: `pool${i + 1}`, op: 'max-pool', inputs: [value], attributes: HALVE, weights: {}, shape: [1, size, size, width] });
      value = `pool${i + 1}`;
    }
    channels = width;
  });
  const flat = size * size * channels;
  builder.nodes.push({ id: 'flatten', op: 'reshape', inputs: [value], attributes: { shape: [1, flat] }, weights: {}, shape: [1, flat] });
  builder.nodes.push({ id: 'dense1', op: 'dense', inputs: ['flatten'], attributes: {}, weights: { kernel: builder.kernel('dense1', [flat, HIDDEN]) }, shape: [1, HIDDEN] });
  const hidden = builder.activate('dense1', 'dense1', [1, HIDDEN]);
  const last = { kernel: builder.kernel('dense2', [HIDDEN, CLASSES]), bias: builder.constant('dense2/bias', CLASSES, 0) };
  builder.nodes.push({ id: 'dense2', op: 'dense', inputs: [hidden], attributes: {}, weights: last, shape: [1, CLASSES] });
  const graph: Graph = {
    name: 'digits-cnn',
    inputs: [{ id: 'image', shape: [1, 28, 28, 1] }],
    nodes: builder.nodes,
    outputs: ['dense2'],
    weights: builder.shapes,
  };
  verify(graph);
  return { graph, weights: builder.weights };
}
