import { StudioError } from '../../base/errors.ts';
import { elementCount, type OpAttributes, type OpId, type Shape, type ValueId } from '../../graph/graph.ts';
import type { Grid } from '../../quant/calibration.ts';
import type { LayerChoice } from '../../schemes/scheme.ts';
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
  readonly findings: Findings;
  readonly builder: ModelBuilder;
  readonly opset: number;
  readonly name: string;
  readonly node: NodeProto;
  /** The running value of an input; NotRunnable where the input is a constant or missing. */
  running(index: number): Running;
  /** The same, in a given order of axes: a transpose is added where needed. */
  ordered(index: number, order: readonly number[]): Running;
  /** The same of any running value. */
  inOrder(value: Running, order: readonly number[]): Running;
  constant(index: number): Constant | null;
  /** The constant of this name in the file. */
  valueOf(name: string): Constant | null;
  /** Nodes of the file that read a value, and the one that makes it. */
  readersOf(value: string): readonly NodeProto[];
  makerOf(value: string): NodeProto | null;
  /** A constant that the operator cannot do without. */
  needed(index: number, what: string): Constant;
  integer(name: string, fallback: number): number;
  float(name: string, fallback: number): number;
  text(name: string, fallback: string): string;
  integers(name: string): readonly number[] | null;
  /** A list that newer operator sets give as an input and older ones as an attribute. */
  list(attribute: string, input: number): readonly number[] | null;
  /** Adds a node; NotRunnable where its parts do not fit together. `part` goes behind the operator's name. */
  add<K extends OpId>(op: K, from: readonly Running[], attributes: OpAttributes[K], weights?: Record<string, NewWeight | undefined>, part?: string): ValueId;
  /** Names the kept value: its file shape follows from its order. */
  result(id: ValueId, order: readonly number[]): Running;
  /** The precision that the file has this layer in. */
  stored(layer: ValueId, choice: LayerChoice | null): void;
  /** The grid of the codes that the file has this value in. */
  grid(value: ValueId, grid: Grid): void;
  /** The operator as another one, with inputs that are constants or running values. */
  as(node: NodeProto, inputs: readonly (Constant | Running | null)[]): NodeContext;
  fail(reason: string): never;
}

/** Running values of the operator's outputs, or constants where it needs no input to know one. */
export type Result = Running | Constant;
export type Converter = (context: NodeContext) => Running | readonly Result[];

/** What a network's reading collects beside its nodes. */
export interface Findings {
  /** Values that are whole numbers given to the network, not codes that stand for real numbers. */
  readonly whole: Set<ValueId>;
  readonly inputs: ReadonlySet<ValueId>;
  /** Values that are never below 0, because of the operator that makes them. */
  readonly notNegative: Set<ValueId>;
  /** Values that are −1 and 1 times this number. */
  readonly signs: Map<ValueId, number>;
  readonly plan: Map<string, LayerChoice>;
  readonly grids: Map<ValueId, Grid>;
  readonly notes: Set<string>;
}

const MAKES_NOT_NEGATIVE: ReadonlySet<OpId> = new Set<OpId>(['relu', 'sigmoid', 'softmax', 'exponential']);
const KEEPS_SIGNS: ReadonlySet<OpId> = new Set<OpId>(['identity', 'reshape', 'transpose', 'slice', 'concat', 'expand', 'max-pool']);
/** Without identity, which a Cast to real numbers is. */
const KEEPS_WHOLE: ReadonlySet<OpId> = new Set<OpId>(['reshape', 'transpose', 'slice', 'concat', 'expand', 'max-pool']);
const KEEPS_NOT_NEGATIVE: ReadonlySet<OpId> = new Set<OpId>([...KEEPS_SIGNS, 'pad', 'average-pool', 'global-average-pool', 'add', 'multiply', 'power']);

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
  findings: Findings,
): NodeContext {
  const attribute = (key: string): Attribute | undefined => node.attributes.get(key);
  const context: NodeContext = {
    findings,
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
      return context.inOrder(context.running(index), order);
    },
    inOrder(value, order) {
      if (order.length !== value.order.length) throw new NotRunnable(`a value of ${value.order.length} dimensions`);
      if (sameOrder(value.order, order)) return value;
      const permutation = order.map((axis) => value.order.indexOf(axis));
      return { ...value, id: context.add('transpose', [value], { permutation }, {}, 'transpose'), order };
    },
    constant: (index) => (node.inputs[index] ? constantOf(node.inputs[index]) : null),
    valueOf: constantOf,
    readersOf: (value) => file.nodes.filter(({ inputs }) => inputs.includes(value)),
    makerOf: (value) => file.nodes.find(({ outputs }) => outputs.includes(value)) ?? null,
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
    add(op, from, attributes, weights = {}, part = '') {
      const inputs = from.map(({ id }) => id);
      const id = builder.addFitting(op, { name: part ? `${name}/${part}` : name, inputs, attributes, weights });
      const minimum = op === 'clip' ? (attributes as OpAttributes['clip']).minimum : Number.NEGATIVE_INFINITY;
      if (MAKES_NOT_NEGATIVE.has(op) || minimum >= 0 || (KEEPS_NOT_NEGATIVE.has(op) && inputs.every((input) => findings.notNegative.has(input)))) findings.notNegative.add(id);
      if (KEEPS_WHOLE.has(op) && inputs.every((input) => findings.whole.has(input))) findings.whole.add(id);
      const unit = KEEPS_SIGNS.has(op) ? findings.signs.get(inputs[0]) : undefined;
      if (unit !== undefined && inputs.every((input) => findings.signs.get(input) === unit)) findings.signs.set(id, unit);
      return id;
    },
    result: (id, order) => ({ id, order, shape: fileShape(builder.shapeOf(id), order) }),
    stored(layer, choice) {
      if (choice) findings.plan.set(layer, choice);
    },
    grid(value, grid) {
      const fits = grid.scale > 0 && Number.isFinite(grid.scale) && grid.zeroPoint >= -128 && grid.zeroPoint <= 127;
      if (fits && !findings.grids.has(value)) findings.grids.set(value, grid);
    },
    as(other, inputs) {
      const at = new Map(inputs.map((input, index) => [`${index}`, input]));
      const running = new Map([...at].filter((entry): entry is [string, Running] => entry[1] !== null && 'order' in entry[1]));
      const constant = (value: string): Constant | null => {
        const input = at.get(value) ?? null;
        return input && 'values' in input ? input : null;
      };
      const numbered = { ...other, inputs: inputs.map((input, index) => (input ? `${index}` : '')) };
      return createContext(file, builder, numbered, name, running, constant, findings);
    },
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
