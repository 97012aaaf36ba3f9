import { StudioError } from '../../base/errors.ts';
import { elementCount, type OpAttributes, type OpId, type Shape, type ValueId } from '../../graph/graph.ts';
import type { ModelBuilder, NewWeight } from '../builder.ts';
import { NotRunnable } from '../importer.ts';
import type { Attribute, NodeProto, OnnxFile } from './schema.ts';
import type { Constant } from './tensor.ts';

/**
 * A value of the file as the studio keeps it. Axis i of the kept value is axis order[i] of the file's, so that NCHW values
 * are kept as NHWC, and a Transpose in the file is often only another way to look at the same numbers.
 */
export interface Running {
  readonly id: ValueId;
  readonly order: readonly number[];
  /** As in the file. */
  readonly shape: Shape;
}

/** NHWC for a value that the file has as NCHW. */
export const CHANNELS_LAST = [0, 2, 3, 1] as const;

export function plainOrder(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** How a value of this rank is kept when nothing else decides. */
export function naturalOrder(rank: number): readonly number[] {
  return rank === 4 ? CHANNELS_LAST : plainOrder(rank);
}

const sameOrder = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((axis, i) => axis === b[i]);

/** What an operator's reader is handed. */
export interface NodeContext {
  readonly builder: ModelBuilder;
  readonly opset: number;
  readonly name: string;
  readonly node: NodeProto;
  /** The running value of an input; NotRunnable where the input is a constant or missing. */
  running(index: number): Running;
  /** The same, in a given order of axes: a transpose is added where needed. */
  ordered(index: number, order: readonly number[]): Running;
  constant(index: number): Constant | null;
  /** A constant that the operator cannot do without. */
  needed(index: number, what: string): Constant;
  integer(name: string, fallback: number): number;
  float(name: string, fallback: number): number;
  text(name: string, fallback: string): string;
  integers(name: string): readonly number[] | null;
  /** A list that newer operator sets give as an input and older ones as an attribute. */
  list(attribute: string, input: number): readonly number[] | null;
  add<K extends OpId>(op: K, from: readonly Running[], attributes: OpAttributes[K], weights?: Record<string, NewWeight | undefined>): ValueId;
  /** Names the kept value: its file shape follows from its order. */
  result(id: ValueId, order: readonly number[]): Running;
  fail(reason: string): never;
}

export type Converter = (context: NodeContext) => Running;

export function fileShape(kept: Shape, order: readonly number[]): Shape {
  const shape = new Array<number>(kept.length);
  order.forEach((fileAxis, axis) => (shape[fileAxis] = kept[axis]));
  return shape;
}

export function createContext(
  file: OnnxFile,
  builder: ModelBuilder,
  node: NodeProto,
  name: string,
  runningValues: ReadonlyMap<string, Running>,
  constantOf: (value: string) => Constant | null,
): NodeContext {
  const attribute = (key: string): Attribute | undefined => node.attributes.get(key);
  const context: NodeContext = {
    builder,
    opset: file.opset,
    name,
    node,
    running(index) {
      const input = node.inputs[index];
      if (!input) return context.fail(`has no input ${index + 1}`);
      const value = runningValues.get(input);
      if (value) return value;
      if (constantOf(input)) throw new NotRunnable(`input ${index + 1} is a constant`);
      return context.fail(`reads "${input}", which nothing before it makes`);
    },
    ordered(index, order) {
      const value = context.running(index);
      if (order.length !== value.order.length) throw new NotRunnable(`a value of ${value.order.length} dimensions`);
      if (sameOrder(value.order, order)) return value;
      const permutation = order.map((axis) => value.order.indexOf(axis));
      const id = builder.add('transpose', { name: `${name}/transpose`, inputs: [value.id], attributes: { permutation } });
      return { id, order, shape: value.shape };
    },
    constant: (index) => (node.inputs[index] ? constantOf(node.inputs[index]) : null),
    needed: (index, what) => {
      const constant = context.constant(index);
      if (constant) return constant;
      throw new NotRunnable(`${what} that is computed, not constant`);
    },
    integer: (key, fallback) => attribute(key)?.integer ?? fallback,
    float: (key, fallback) => attribute(key)?.float ?? fallback,
    text: (key, fallback) => attribute(key)?.text ?? fallback,
    integers: (key) => {
      const list = attribute(key)?.integers;
      return list && list.length > 0 ? list : null;
    },
    list(key, input) {
      if (node.inputs[input]) return [...context.needed(input, `${key}`).values];
      return context.integers(key);
    },
    add: (op, from, attributes, weights) => builder.add(op, { name, inputs: from.map(({ id }) => id), attributes, weights }),
    result: (id, order) => ({ id, order, shape: fileShape(builder.shapeOf(id), order) }),
    fail(reason): never {
      throw new StudioError(`Node "${name}" (${node.opType}) of ${file.file} ${reason}.`, {
        where: `${file.file}, node "${name}"`,
        next: 'Check the file with the tool that made it, or export it again.',
      });
    },
  };
  return context;
}

/** A constant's numbers as float32, of the shape it is to have. */
export function realWeight(constant: Constant, shape: Shape): NewWeight {
  if (elementCount(shape) !== constant.values.length) throw new NotRunnable(`a constant of ${constant.dims.join('×')}`);
  return { shape, values: constant.values instanceof Float32Array ? constant.values : Float32Array.from(constant.values) };
}
