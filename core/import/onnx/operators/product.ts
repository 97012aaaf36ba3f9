import { elementCount } from '../../../graph/graph.ts';
import { permute } from '../../../tensor/permute.ts';
import { NotRunnable } from '../../importer.ts';
import { plainOrder, realWeight, type Converter, type NodeContext, type Running } from '../context.ts';
import type { Constant } from '../tensor.ts';
import { difference, product } from './elementwise.ts';
import { reduced } from './pool.ts';
import { rungOf } from './rung.ts';
import { broadcastShape, each, expanded, plus, scaled, scaledBy, times } from './values.ts';

const POINT = { strideY: 1, strideX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, dilationY: 1, dilationX: 1 } as const;

/** Rows of a value times a kernel [in, out]: a dense layer of one row, a convolution of single pixels of more. */
function layer(context: NodeContext, rows: Running, kernel: Constant, transposed: boolean, scale: number, bias: Float32Array | undefined): Running {
  if (kernel.dims.length !== 2) throw new NotRunnable(`a kernel of ${kernel.dims.join('×')}`);
  const [inputs, outputs] = transposed ? [kernel.dims[1], kernel.dims[0]] : kernel.dims;
  const values = permute(kernel.values, kernel.dims, transposed ? [1, 0] : [0, 1]);
  if (scale !== 1) for (let i = 0; i < values.length; i++) values[i] *= scale;
  const weights = { bias: bias && { shape: [outputs], values: bias.length === 1 ? new Float32Array(outputs).fill(bias[0]) : bias } };
  const { choice, slots } = rungOf(context, kernel, transposed ? 0 : 1, rows, inputs);
  const rank = rows.shape.length;
  if (rank === 2) {
    const id = context.add('dense', [rows], {}, { ...weights, ...slots, kernel: { shape: [inputs, outputs], values } });
    context.stored(id, choice);
    return context.result(id, rows.order);
  }
  const kept = context.builder.shapeOf(rows.id);
  const places = elementCount(kept.slice(0, -1));
  const image = rank === 4 ? rows : context.result(context.add('reshape', [rows], { shape: [1, 1, places, kept[rank - 1]] }, {}, 'image'), plainOrder(4));
  const id = context.add('conv2d', [image], POINT, { ...weights, ...slots, kernel: { shape: [1, 1, inputs, outputs], values } });
  context.stored(id, choice);
  if (rank === 4) return context.result(id, rows.order);
  const shape = [...kept.slice(0, -1), outputs];
  return context.result(context.add('reshape', [context.result(id, plainOrder(4))], { shape }, {}, 'rows'), rows.order);
}

/** The last two axes change places. */
const crossed = (rank: number): readonly number[] => [...plainOrder(rank - 2), rank - 1, rank - 2];

function valuesProduct(context: NodeContext, a: Running, b: Running): Running {
  const rank = Math.max(a.shape.length, b.shape.length);
  if (rank < 3) throw new NotRunnable(`a product of ${a.shape.join('×')} and ${b.shape.join('×')}`);
  const outer = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (outer[0] !== 1) throw new NotRunnable(`a product of ${a.shape.join('×')} and ${b.shape.join('×')}`);
  const [left, right] = [a, b].map((value) => context.inOrder(expanded(context, value, [...outer, ...value.shape.slice(-2)]), plainOrder(rank)));
  return context.result(context.add('matrix-product', [left, right], {}), plainOrder(rank));
}

export const matMul: Converter = (context) => {
  const [left, right] = [context.constant(0), context.constant(1)];
  if (right && !left) {
    const value = context.running(0);
    if (value.shape.length < 2) throw new NotRunnable(`a product of ${value.shape.join('×')}`);
    return layer(context, context.inOrder(value, plainOrder(value.shape.length)), right, false, 1, undefined);
  }
  if (left && !right) {
    // a·x = (xᵀ·aᵀ)ᵀ
    const value = context.running(1);
    if (value.shape.length < 3) throw new NotRunnable(`a product of ${left.dims.join('×')} and ${value.shape.join('×')}`);
    return layer(context, context.inOrder(value, crossed(value.shape.length)), left, true, 1, undefined);
  }
  return valuesProduct(context, context.running(0), context.running(1));
};

export const gemm: Converter = (context) => {
  if (context.integer('transA', 0) === 1) throw new NotRunnable('a transposed input');
  const input = context.ordered(0, [0, 1]);
  const kernel = context.needed(1, 'a kernel');
  const bias = context.node.inputs[2] ? context.needed(2, 'a bias') : null;
  const beta = context.float('beta', 1);
  const terms = bias ? Float32Array.from(bias.values, (value) => value * beta) : undefined;
  return layer(context, input, kernel, context.integer('transB', 0) === 1, context.float('alpha', 1), terms);
};

export const batchNormalization: Converter = (context) => {
  const rank = context.running(0).shape.length;
  const order = [...plainOrder(rank).filter((axis) => axis !== 1), 1];
  if (rank < 2) throw new NotRunnable(`a value of ${rank} dimensions`);
  if (context.integer('training_mode', 0) === 1) throw new NotRunnable('batch statistics of the training mode');
  const input = context.ordered(0, order);
  const weight = (index: number, what: string) => realWeight(context.needed(index, what), [input.shape[1]]);
  const weights = { gamma: weight(1, 'a scale'), beta: weight(2, 'a bias'), mean: weight(3, 'a mean'), variance: weight(4, 'a variance') };
  return context.result(context.add('batch-norm', [input], { epsilon: context.float('epsilon', 1e-5) }, weights), order);
};

/** (x − mean) / √(variance + ε) over some axes of one sample. */
function standardised(context: NodeContext, input: Running, axes: readonly number[], epsilon: number): Running {
  const centred = difference(context, input, reduced(context, input, axes, 'average', true, 'mean'));
  const variance = reduced(context, each(context, 'power', centred, { exponent: 2 }, 'square'), axes, 'average', true, 'variance');
  const root = each(context, 'power', scaled(context, variance, 1, epsilon, 'epsilon'), { exponent: -0.5 }, 'root');
  return product(context, centred, root);
}

export const layerNormalization: Converter = (context) => {
  const input = context.running(0);
  const rank = input.shape.length;
  const stated = context.integer('axis', -1);
  const first = stated < 0 ? stated + rank : stated;
  if (!(first >= 1 && first < rank)) throw new NotRunnable(`axis ${stated}`);
  const value = scaledBy(context, standardised(context, input, plainOrder(rank).slice(first), context.float('epsilon', 1e-5)), context.needed(1, 'a scale'), times);
  return context.node.inputs[2] ? scaledBy(context, value, context.needed(2, 'a bias'), plus) : value;
};

export const instanceNormalization: Converter = (context) => {
  const input = context.running(0);
  const rank = input.shape.length;
  if (rank < 3) throw new NotRunnable(`a value of ${rank} dimensions`);
  const behind = plainOrder(rank).slice(2);
  const alongChannels = (constant: Constant): Constant => ({ ...constant, dims: [constant.values.length, ...behind.map(() => 1)] });
  const value = standardised(context, input, behind, context.float('epsilon', 1e-5));
  return scaledBy(context, scaledBy(context, value, alongChannels(context.needed(1, 'a scale')), times), alongChannels(context.needed(2, 'a bias')), plus);
};

export const softmax: Converter = (context) => {
  const input = context.running(0);
  const { shape } = input;
  const rank = shape.length;
  const stated = context.integer('axis', context.opset < 13 ? 1 : -1);
  const axis = stated < 0 ? stated + rank : stated;
  if (!(axis >= 0 && axis < rank)) throw new NotRunnable(`a softmax over axis ${stated} of ${shape.join('×')}`);
  if (context.opset < 13 && shape.slice(axis + 1).some((size) => size !== 1)) {
    // Before operator set 13 the softmax ran over all axes from this one on.
    const plain = context.inOrder(input, plainOrder(rank));
    const rows = [1, elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))];
    const flat = context.result(context.add('reshape', [plain], { shape: rows }, {}, 'flat'), plainOrder(3));
    const soft = context.result(context.add('softmax', [flat], {}), plainOrder(3));
    return context.result(context.add('reshape', [soft], { shape }, {}, 'shape'), plainOrder(rank));
  }
  if (axis === 0) throw new NotRunnable('a softmax over samples');
  const order = input.order[rank - 1] === axis ? input.order : [...plainOrder(rank).filter((a) => a !== axis), axis];
  return context.result(context.add('softmax', [context.inOrder(input, order)], {}), order);
};
