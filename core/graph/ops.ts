import { elementCount, type GraphNode, type OpAttributes, type OpId, type Shape } from './graph.ts';

export type WeightShapes = Readonly<Record<string, Shape>>;

export interface WeightSlot {
  readonly required: boolean;
  /** Expected shape; −1 where any size from 1 fits. */
  readonly shape: (inputs: readonly Shape[], weights: WeightShapes) => Shape;
}

/** One operator: what it may be given, what it makes, what it costs. A string is the reason why something does not fit. */
export interface OpRow<K extends OpId> {
  /** Fewest and most inputs. */
  readonly inputs: readonly [number, number];
  readonly weights: Readonly<Record<string, WeightSlot>>;
  /** Output shape. Called after inputs and weights were checked. */
  readonly output: (inputs: readonly Shape[], attributes: OpAttributes[K], weights: WeightShapes) => Shape | string;
  /** Multiply-accumulates of one sample. Only layers count; a padded tap counts like any other. */
  readonly multiplyAccumulates?: (output: Shape, weights: WeightShapes) => number;
}

const same = (inputs: readonly Shape[]): Shape => inputs[0];
const elementWise = { inputs: [1, 1], weights: {}, output: same } as const;

const channels = (inputs: readonly Shape[]): number => inputs[0][inputs[0].length - 1];
const slot = (required: boolean, shape: WeightSlot['shape']): WeightSlot => ({ required, shape });
const perChannel = slot(true, (inputs) => [channels(inputs)]);

interface Window {
  readonly strideY: number;
  readonly strideX: number;
  readonly padTop: number;
  readonly padBottom: number;
  readonly padLeft: number;
  readonly padRight: number;
}

function windowOutput(input: Shape, window: Window, sizeY: number, sizeX: number): readonly [number, number] | string {
  if (input.length !== 4) return `needs a value of four dimensions, not ${describeShape(input)}`;
  const whole = [window.strideY, window.strideX, sizeY, sizeX, window.padTop, window.padBottom, window.padLeft, window.padRight];
  if (whole.some((value) => !Number.isInteger(value) || value < 0)) return 'has a stride, size or padding that is not a whole number from 0';
  if (window.strideY < 1 || window.strideX < 1) return 'has a stride of 0';
  const height = Math.floor((input[1] + window.padTop + window.padBottom - sizeY) / window.strideY) + 1;
  const width = Math.floor((input[2] + window.padLeft + window.padRight - sizeX) / window.strideX) + 1;
  if (height < 1 || width < 1) return `has a window of ${sizeY}×${sizeX} that is larger than its padded input ${describeShape(input)}`;
  return [height, width];
}

function convolutionOutput(
  inputs: readonly Shape[],
  attributes: OpAttributes['conv2d'],
  kernel: Shape,
  outputChannels: number,
): Shape | string {
  const { dilationY, dilationX } = attributes;
  if (!(Number.isInteger(dilationY) && Number.isInteger(dilationX) && dilationY >= 1 && dilationX >= 1)) {
    return 'has a dilation that is not a whole number from 1';
  }
  const size = windowOutput(inputs[0], attributes, (kernel[0] - 1) * dilationY + 1, (kernel[1] - 1) * dilationX + 1);
  return typeof size === 'string' ? size : [1, ...size, outputChannels];
}

function poolOutput(inputs: readonly Shape[], attributes: OpAttributes['max-pool']): Shape | string {
  const { sizeY, sizeX, padTop, padBottom, padLeft, padRight } = attributes;
  if (sizeY < 1 || sizeX < 1) return 'has a window of size 0';
  // A window that lies wholly in the padding would have no value to take.
  if (padTop >= sizeY || padBottom >= sizeY || padLeft >= sizeX || padRight >= sizeX) return 'pads by a whole window or more';
  const size = windowOutput(inputs[0], attributes, sizeY, sizeX);
  return typeof size === 'string' ? size : [1, ...size, inputs[0][3]];
}

const isPermutation = (values: readonly number[], count: number): boolean =>
  values.length === count && [...values].sort((a, b) => a - b).every((value, index) => value === index);

/** Indices that a slice visits along one axis: begin, begin + step, … while before end (after it for a negative step). */
export function sliceLength(begin: number, end: number, step: number): number {
  return Math.max(0, Math.ceil((end - begin) / step));
}

export const OPS: { readonly [K in OpId]: OpRow<K> } = {
  conv2d: {
    inputs: [1, 1],
    weights: {
      kernel: slot(true, (inputs) => [-1, -1, channels(inputs), -1]),
      bias: slot(false, (_, weights) => [weights.kernel[3]]),
      shift: slot(false, (inputs) => [channels(inputs)]),
    },
    output: (inputs, attributes, weights) => convolutionOutput(inputs, attributes, weights.kernel, weights.kernel[3]),
    multiplyAccumulates: (output, { kernel }) => output[1] * output[2] * elementCount(kernel),
  },
  'depthwise-conv2d': {
    inputs: [1, 1],
    weights: {
      kernel: slot(true, (inputs) => [-1, -1, channels(inputs), -1]),
      bias: slot(false, (_, weights) => [weights.kernel[2] * weights.kernel[3]]),
    },
    output: (inputs, attributes, { kernel }) => convolutionOutput(inputs, attributes, kernel, kernel[2] * kernel[3]),
    multiplyAccumulates: (output, { kernel }) => output[1] * output[2] * elementCount(kernel),
  },
  dense: {
    inputs: [1, 1],
    weights: {
      kernel: slot(true, (inputs) => [channels(inputs), -1]),
      bias: slot(false, (_, weights) => [weights.kernel[1]]),
      // One per channel; the channels of a flattened image repeat along the input.
      shift: slot(false, () => [-1]),
    },
    output: (inputs, _, { kernel }) =>
      inputs[0].length === 2 ? [1, kernel[1]] : `needs a value of two dimensions, not ${describeShape(inputs[0])}`,
    multiplyAccumulates: (_, { kernel }) => elementCount(kernel),
  },
  'batch-norm': {
    inputs: [1, 1],
    weights: { gamma: perChannel, beta: perChannel, mean: perChannel, variance: perChannel },
    output: (inputs, { epsilon }) => (epsilon >= 0 && Number.isFinite(epsilon) ? inputs[0] : `has epsilon ${epsilon}`),
  },
  relu: elementWise,
  clip: {
    ...elementWise,
    output: (inputs, { minimum, maximum }) => (minimum <= maximum ? inputs[0] : `clips to ${minimum}..${maximum}, an empty range`),
  },
  'leaky-relu': {
    ...elementWise,
    output: (inputs, { alpha }) => (Number.isFinite(alpha) ? inputs[0] : `has the slope ${alpha}`),
  },
  rprelu: { ...elementWise, weights: { before: perChannel, slope: perChannel, after: perChannel } },
  sigmoid: elementWise,
  tanh: elementWise,
  softmax: elementWise,
  add: {
    inputs: [2, 2],
    weights: {},
    output: (inputs) =>
      equalShapes(inputs[0], inputs[1])
        ? inputs[0]
        : `adds ${describeShape(inputs[0])} and ${describeShape(inputs[1])}, which differ`,
  },
  multiply: {
    inputs: [2, 2],
    weights: {},
    output: (inputs) =>
      equalShapes(inputs[0], inputs[1])
        ? inputs[0]
        : `multiplies ${describeShape(inputs[0])} and ${describeShape(inputs[1])}, which differ`,
  },
  'matrix-product': {
    inputs: [2, 2],
    weights: {},
    output: ([a, b]) => {
      const rank = a.length;
      const fits = rank >= 3 && b.length === rank && a[rank - 1] === b[rank - 2] && a.every((size, axis) => axis >= rank - 2 || size === b[axis]);
      return fits ? [...a.slice(0, -1), b[rank - 1]] : `multiplies matrices of ${describeShape(a)} and ${describeShape(b)}, which do not fit together`;
    },
  },
  exponential: elementWise,
  erf: elementWise,
  power: { ...elementWise, output: (inputs, { exponent }) => (Number.isFinite(exponent) ? inputs[0] : `has the exponent ${exponent}`) },
  'max-pool': { inputs: [1, 1], weights: {}, output: poolOutput },
  'average-pool': { inputs: [1, 1], weights: {}, output: poolOutput },
  'global-average-pool': {
    inputs: [1, 1],
    weights: {},
    output: ([input]) => (input.length === 4 ? [1, input[3]] : `needs a value of four dimensions, not ${describeShape(input)}`),
  },
  reshape: {
    inputs: [1, 1],
    weights: {},
    output: ([input], { shape }) =>
      shape.every((size) => Number.isInteger(size) && size >= 1) && elementCount(shape) === elementCount(input)
        ? shape
        : `cannot turn ${describeShape(input)} into ${describeShape(shape)}`,
  },
  transpose: {
    inputs: [1, 1],
    weights: {},
    output: ([input], { permutation }) =>
      isPermutation(permutation, input.length)
        ? permutation.map((axis) => input[axis])
        : `has the permutation ${permutation.join(', ')} for a value of ${input.length} dimensions`,
  },
  pad: {
    inputs: [1, 1],
    weights: {},
    output: ([input], { before, after }) =>
      before.length === input.length && after.length === input.length && [...before, ...after].every((n) => Number.isInteger(n) && n >= 0)
        ? input.map((size, axis) => before[axis] + size + after[axis])
        : `pads ${describeShape(input)} by ${before.join(', ')} before and ${after.join(', ')} after`,
  },
  slice: {
    inputs: [1, 1],
    weights: {},
    output: ([input], { begin, end, step }) => {
      const fits = [begin, end, step].every((list) => list.length === input.length && list.every(Number.isInteger));
      if (!fits) return 'has begin, end and step that do not match its input';
      const inside = input.every((size, axis) =>
        step[axis] > 0 ? begin[axis] >= 0 && end[axis] <= size : step[axis] < 0 && begin[axis] < size && end[axis] >= -1,
      );
      const shape = input.map((_, axis) => sliceLength(begin[axis], end[axis], step[axis]));
      return inside && shape.every((size) => size >= 1) ? shape : `slices nothing or outside of ${describeShape(input)}`;
    },
  },
  concat: {
    inputs: [1, Number.POSITIVE_INFINITY],
    weights: {},
    output: (inputs, { axis }) => {
      const [first] = inputs;
      if (!(Number.isInteger(axis) && axis >= 1 && axis < first.length)) return `joins along dimension ${axis} of ${describeShape(first)}`;
      const fits = inputs.every((shape) => shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]));
      if (!fits) return `joins ${inputs.map(describeShape).join(', ')}, which differ outside of dimension ${axis}`;
      return first.map((size, i) => (i === axis ? inputs.reduce((sum, shape) => sum + shape[axis], 0) : size));
    },
  },
  expand: {
    inputs: [1, 1],
    weights: {},
    output: ([input], { shape }) =>
      shape.length === input.length && shape.every((size, axis) => Number.isInteger(size) && size >= 1 && (input[axis] === 1 || input[axis] === size))
        ? shape
        : `cannot repeat ${describeShape(input)} to ${describeShape(shape)}`,
  },
  identity: elementWise,
  unknown: { inputs: [0, Number.POSITIVE_INFINITY], weights: {}, output: () => 'is not an operator of the studio' },
};

/** The table's row for a node. One cast, here, because a union of rows cannot be indexed by a union of ids. */
export function rowOf(op: OpId): OpRow<OpId> {
  return OPS[op] as unknown as OpRow<OpId>;
}

/** Shapes of a node's weights by slot. */
export function weightShapesOf(node: GraphNode, shapes: Readonly<Record<string, { readonly shape: Shape }>>): WeightShapes {
  return Object.fromEntries(Object.entries(node.weights).map(([name, id]) => [name, shapes[id]?.shape ?? []]));
}

/** What inputs, attributes and weights make of a node: its output's shape, or the reason why they do not fit together. */
export function inferShape(
  node: Pick<GraphNode, 'op' | 'attributes'>,
  inputs: readonly Shape[],
  weights: WeightShapes,
): { readonly shape: Shape } | { readonly problem: string } {
  const row = rowOf(node.op);
  const [fewest, most] = row.inputs;
  if (inputs.length < fewest || inputs.length > most) {
    return { problem: `has ${inputs.length} inputs instead of ${fewest === most ? fewest : `at least ${fewest}`}` };
  }
  const empty = inputs.find((shape) => shape.length === 0 || shape[0] !== 1 || shape.some((size) => !Number.isInteger(size) || size < 1));
  if (empty) return { problem: `reads a value of shape ${describeShape(empty)}; a shape starts with 1 and has no empty dimension` };
  for (const [name, { required, shape }] of Object.entries(row.weights)) {
    const given = weights[name];
    if (!given) {
      if (required) return { problem: `has no ${name}` };
      continue;
    }
    const expected = shape(inputs, weights);
    const fits = given.length === expected.length && given.every((size, axis) => (expected[axis] === -1 ? size >= 1 : size === expected[axis]));
    if (!fits) {
      const wanted = expected.map((size) => (size === -1 ? 'any' : size)).join('×');
      return { problem: `has a ${name} of ${describeShape(given)} where ${wanted} fits its input ${describeShape(inputs[0])}` };
    }
  }
  const superfluous = Object.keys(weights).find((name) => !(name in row.weights));
  if (superfluous !== undefined) return { problem: `has a weight "${superfluous}" that ${node.op} does not take` };
  const shape = row.output(inputs, node.attributes as OpAttributes[OpId], weights);
  return typeof shape === 'string' ? { problem: shape } : { shape };
}

export function multiplyAccumulatesOf(node: GraphNode, shapes: Readonly<Record<string, { readonly shape: Shape }>>): number {
  return rowOf(node.op).multiplyAccumulates?.(node.shape, weightShapesOf(node, shapes)) ?? 0;
}

export function parametersOf(node: GraphNode, shapes: Readonly<Record<string, { readonly shape: Shape }>>): number {
  return Object.values(node.weights).reduce((sum, id) => sum + elementCount(shapes[id]?.shape ?? [0]), 0);
}

export function equalShapes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

export function describeShape(shape: Shape): string {
  return shape.length === 0 ? 'unknown shape' : shape.join('×');
}
