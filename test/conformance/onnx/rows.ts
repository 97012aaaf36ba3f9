import type { Random } from '../../../core/base/random.ts';
import { elementCount } from '../../../core/graph/graph.ts';
import type { OnnxAttribute, OnnxTensor } from '../../fixtures/onnx-writer.ts';
import type { CaseInput, Filling, OperatorCase, OperatorRow } from './case.ts';

export const NEWEST = 21;

export const integers = (...values: number[]): OnnxTensor => ({ dims: [values.length], integers: values });
export const scalar = (value: number): OnnxTensor => ({ dims: [], floats: [value] });
export const reals = (random: Random, dims: readonly number[], deviation = 0.5): OnnxTensor => ({ dims, floats: Float32Array.from({ length: elementCount(dims) }, () => random.normal(0, deviation)) });
export const positives = (random: Random, dims: readonly number[]): OnnxTensor => ({ dims, floats: Float32Array.from({ length: elementCount(dims) }, () => random.uniform(0.3, 2)) });

/** Sizes from 1 on, behind a batch of 1. */
export function shapeOf(random: Random, fewest: number, most: number): number[] {
  const rank = random.integer(fewest, most + 1);
  return [1, ...Array.from({ length: rank - 1 }, () => random.integer(1, 6))];
}
export const imageOf = (random: Random, least = 1): number[] => [1, random.integer(1, 6), random.integer(least, 10), random.integer(least, 10)];

type Attributes = Readonly<Record<string, OnnxAttribute>>;

export function single(op: string, inputs: readonly CaseInput[], attributes: Attributes = {}, initialisers: Readonly<Record<string, OnnxTensor>> = {}, order?: readonly string[], domain = ''): OperatorCase {
  const names = order ?? [...inputs.map((_, i) => (i === 0 ? 'x' : `x${i}`)), ...Object.keys(initialisers)];
  return { inputs, nodes: [{ op, domain, inputs: names, outputs: ['y'], attributes }], initialisers };
}

/** A function of each number by itself. */
export const pointwise = (op: string, attributes: (random: Random) => Attributes = () => ({}), since = 7, filling: Filling = 'any', domain = ''): OperatorRow => ({
  opsets: [since, NEWEST],
  make: (random) => single(op, [{ shape: shapeOf(random, 1, 5), filling }], attributes(random), {}, undefined, domain),
});

const float = (value: number): OnnxAttribute => ({ float: value });

/** A shape that broadcasts with another: some of its last axes, some of them 1. */
function broadcast(random: Random, shape: readonly number[]): number[] {
  const from = random.integer(0, shape.length);
  return shape.slice(from).map((size) => (random.chance(0.35) ? 1 : size));
}

/** Two operands, either of which may be constant or the smaller one. */
const binary = (op: string, filling: Filling = 'any', second: Filling = filling): OperatorRow => ({
  opsets: [7, NEWEST],
  make: (random) => {
    const shape = shapeOf(random, 2, 5);
    const [a, b] = random.chance(0.5) ? [shape, broadcast(random, shape)] : [shape, shape];
    const constant = (dims: readonly number[], kind: Filling): OnnxTensor => (kind === 'positive' ? positives(random, dims) : reals(random, dims));
    const way = random.integer(0, 3);
    if (way === 0) return single(op, [{ shape: a, filling }], {}, { c: constant(b, second) });
    if (way === 1) return single(op, [{ shape: a, filling: second }], {}, { c: constant(b, filling) }, ['c', 'x']);
    const whole = b.length > 0 && b[0] === 1 ? b : [1, ...b.slice(1)];
    const fits = whole.length === a.length || whole.length === b.length;
    const other = fits && (whole.length === a.length || b[0] === 1) ? whole : a;
    const swapped = random.chance(0.4);
    return swapped ? single(op, [{ shape: other, filling }, { shape: a, filling: second }]) : single(op, [{ shape: a, filling }, { shape: other, filling: second }]);
  },
});

const several = (op: string): OperatorRow => ({
  opsets: [8, NEWEST],
  make: (random) => {
    const shape = shapeOf(random, 2, 4);
    const inputs = Array.from({ length: random.integer(1, 4) }, () => ({ shape }));
    return single(op, inputs, {}, random.chance(0.4) ? { c: scalar(random.normal()) } : {});
  },
});

const reduce = (op: string, since: number, until: number, axesInput: boolean): OperatorRow => ({
  opsets: [since, until],
  make: (random) => {
    const shape = shapeOf(random, 2, 5);
    const axes = shape.map((_, axis) => axis).slice(1).filter(() => random.chance(0.5));
    if (axes.length === 0) axes.push(random.integer(1, shape.length));
    const stated = axes.map((axis) => (random.chance(0.4) ? axis - shape.length : axis));
    const keepdims = random.integer(0, 2);
    return axesInput ? single(op, [{ shape }], { keepdims }, { axes: integers(...stated) }) : single(op, [{ shape }], { axes: stated, keepdims });
  },
});

/** Both forms of a reduction: axes as an attribute, and as an input from `changed` on. */
const reductions = (op: string, changed: number): readonly OperatorRow[] => [reduce(op, 7, changed - 1, false), reduce(op, changed, NEWEST, true)];

const matrices = (random: Random): OperatorCase => {
  const [m, k, n] = [random.integer(1, 6), random.integer(1, 7), random.integer(1, 6)];
  const outer = Array.from({ length: random.integer(0, 3) }, () => random.integer(1, 4));
  const way = random.integer(0, 4);
  if (way === 0) return single('MatMul', [{ shape: [1, k] }], {}, { b: reals(random, [k, n]) });
  if (way === 1) return single('MatMul', [{ shape: [1, ...outer, m, k] }], {}, { b: reals(random, [k, n]) });
  if (way === 2) return single('MatMul', [{ shape: [1, ...outer, k, n] }], {}, { a: reals(random, [m, k]) }, ['a', 'x']);
  const second = outer.map((size) => (random.chance(0.3) ? 1 : size));
  return single('MatMul', [{ shape: [1, ...outer, m, k] }, { shape: [1, ...second, k, n] }]);
};

const gemm = (random: Random): OperatorCase => {
  const [k, n] = [random.integer(1, 9), random.integer(1, 9)];
  const transB = random.integer(0, 2);
  const bias = random.pick([[n], [1, n], [1]]);
  const attributes = { transB, alpha: float(random.uniform(0.5, 2)), beta: float(random.uniform(0.5, 2)) };
  return single('Gemm', [{ shape: [1, k] }], attributes, { b: reals(random, transB ? [n, k] : [k, n]), c: reals(random, bias) });
};

/** Arithmetic, functions, reductions and products. */
export const ARITHMETIC: Readonly<Record<string, OperatorRow | readonly OperatorRow[]>> = {
  Abs: pointwise('Abs'),
  Add: binary('Add'),
  BatchNormalization: {
    opsets: [7, NEWEST],
    make: (random) => {
      const shape = shapeOf(random, 2, 5);
      const c = [shape[1]];
      return single('BatchNormalization', [{ shape }], { epsilon: float(random.pick([1e-5, 1e-3, 0.1])) }, { s: reals(random, c), b: reals(random, c), m: reals(random, c), v: positives(random, c) });
    },
  },
  Cast: pointwise('Cast', () => ({ to: 1 }), 9),
  Celu: pointwise('Celu', (random) => ({ alpha: float(random.uniform(0.3, 3)) }), 12),
  Clip: [
    { opsets: [7, 10], make: (random) => single('Clip', [{ shape: shapeOf(random, 1, 4) }], { min: float(random.pick([0, -0.7])), max: float(random.pick([0.9, 6])) }) },
    { opsets: [11, NEWEST], make: (random) => (random.chance(0.3) ? single('Clip', [{ shape: shapeOf(random, 1, 4) }], {}, { high: scalar(0.4) }, ['x', '', 'high']) : single('Clip', [{ shape: shapeOf(random, 1, 4) }], {}, { low: scalar(random.pick([0, -0.5])), high: scalar(1) })) },
  ],
  Div: binary('Div', 'any', 'positive'),
  Elu: pointwise('Elu', (random) => ({ alpha: float(random.uniform(0.3, 2)) })),
  Erf: pointwise('Erf', undefined, 9),
  Exp: pointwise('Exp'),
  Gelu: [pointwise('Gelu', (random) => ({ approximate: random.pick(['none', 'tanh']) }), 20), pointwise('Gelu', undefined, 7, 'any', 'com.microsoft')],
  Gemm: { opsets: [7, NEWEST], make: gemm },
  HardSigmoid: pointwise('HardSigmoid', (random) => ({ alpha: float(random.uniform(0.1, 0.4)), beta: float(random.uniform(0.3, 0.7)) })),
  HardSwish: pointwise('HardSwish', undefined, 14),
  Identity: pointwise('Identity'),
  InstanceNormalization: {
    opsets: [7, NEWEST],
    make: (random) => {
      const shape = [1, random.integer(1, 5), random.integer(2, 7), random.integer(2, 7)].slice(0, random.integer(3, 5));
      return single('InstanceNormalization', [{ shape }], { epsilon: float(1e-3) }, { s: reals(random, [shape[1]]), b: reals(random, [shape[1]]) });
    },
  },
  LayerNormalization: {
    opsets: [17, NEWEST],
    make: (random) => {
      const shape = [1, random.integer(1, 5), random.integer(2, 6), random.integer(3, 7)].slice(0, random.integer(3, 5));
      const axis = random.integer(1, shape.length);
      const dims = shape.slice(axis);
      return single('LayerNormalization', [{ shape }], { axis: random.chance(0.5) ? axis : axis - shape.length, epsilon: float(1e-3) }, { s: reals(random, dims), ...(random.chance(0.7) ? { b: reals(random, dims) } : {}) });
    },
  },
  LeakyRelu: pointwise('LeakyRelu', (random) => ({ alpha: float(random.uniform(0, 0.5)) })),
  MatMul: { opsets: [9, NEWEST], make: matrices },
  Max: several('Max'),
  Mean: several('Mean'),
  Min: several('Min'),
  Mul: binary('Mul'),
  Neg: pointwise('Neg'),
  PRelu: {
    opsets: [9, NEWEST],
    make: (random) => {
      const shape = imageOf(random);
      return single('PRelu', [{ shape }], {}, { slope: reals(random, random.pick([[shape[1], 1, 1], [1], [1, shape[1], 1, 1], [shape[3]]])) });
    },
  },
  Pow: { opsets: [7, NEWEST], make: (random) => single('Pow', [{ shape: shapeOf(random, 1, 4), filling: 'positive' }], {}, { e: scalar(random.pick([0.5, 2, 3, -1, 1.7, 1])) }) },
  Reciprocal: pointwise('Reciprocal', undefined, 7, 'positive'),
  ReduceL2: reductions('ReduceL2', 18),
  ReduceMax: reductions('ReduceMax', 18),
  ReduceMean: reductions('ReduceMean', 18),
  ReduceMin: reductions('ReduceMin', 18),
  ReduceSum: reductions('ReduceSum', 13),
  ReduceSumSquare: reductions('ReduceSumSquare', 18),
  Relu: pointwise('Relu'),
  Selu: pointwise('Selu', (random): Attributes => (random.chance(0.5) ? {} : { alpha: float(1.2), gamma: float(1.1) })),
  Sigmoid: pointwise('Sigmoid'),
  Softmax: {
    opsets: [7, NEWEST],
    make: (random) => {
      const shape = shapeOf(random, 2, 5);
      const axis = random.integer(1, shape.length);
      return single('Softmax', [{ shape }], random.chance(0.3) ? {} : { axis: random.chance(0.5) ? axis : axis - shape.length });
    },
  },
  Softsign: pointwise('Softsign'),
  Sqrt: pointwise('Sqrt', undefined, 7, 'positive'),
  Sub: binary('Sub'),
  Sum: several('Sum'),
  Tanh: pointwise('Tanh'),
};
