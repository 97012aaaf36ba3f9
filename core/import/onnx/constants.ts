import type { NamedFile } from '../../data/data-set.ts';
import { elementCount } from '../../graph/graph.ts';
import { visitPermuted } from '../../tensor/permute.ts';
import { calculate } from './arithmetic.ts';
import { plainOrder } from './context.ts';
import { bipolarConstant, CODE_TYPES, coded, dequantised, gridOf, quantisedConstant } from './quantisation.ts';
import type { NodeProto } from './schema.ts';
import { readConstant, type Constant } from './tensor.ts';
import { resolveShape } from './operators/shape.ts';

/** Constant inputs by place, and the shape of an input that is computed. */
export interface FoldInputs {
  readonly constant: (index: number) => Constant | null;
  readonly runningShape: (index: number) => readonly number[] | null;
  /** Files in which external numbers may lie. */
  readonly beside: readonly NamedFile[];
}

/** Most numbers that a constant made of nothing may have. */
const LARGEST_MADE = 2 ** 24;

const integers = (values: readonly number[], dims: readonly number[] = [values.length]): Constant => ({
  dims,
  kind: 'integer',
  values: Float64Array.from(values),
});

const axesOf = (node: NodeProto, inputs: FoldInputs, rank: number): readonly number[] => {
  const list = inputs.constant(1)?.values ?? node.attributes.get('axes')?.integers ?? [];
  return [...list].map((axis) => (axis < 0 ? axis + rank : axis));
};

/** Numbers taken from the places, codes likewise. */
function taken(constant: Constant, dims: readonly number[], places: ArrayLike<number>): Constant {
  const { kind, values, stored } = constant;
  const from = (source: Float32Array | Float64Array) => (_: unknown, i: number): number => source[places[i]];
  const picked = kind === 'real' ? Float32Array.from({ length: places.length }, from(values)) : Float64Array.from({ length: places.length }, from(values));
  const distances = stored && Float32Array.from({ length: places.length }, from(stored.distances));
  return { ...constant, dims, values: picked, stored: stored && distances && { ...stored, distances } };
}

function transposed(node: NodeProto, constant: Constant): Constant | null {
  const { dims, values } = constant;
  const stated = node.attributes.get('perm')?.integers ?? [];
  const permutation = stated.length > 0 ? stated : plainOrder(dims.length).toReversed();
  if (permutation.length !== dims.length || new Set(permutation).size !== dims.length || permutation.some((axis) => dims[axis] === undefined)) return null;
  const places = new Float64Array(values.length);
  visitPermuted(dims, permutation, (target, source) => (places[target] = source));
  return taken(constant, permutation.map((axis) => dims[axis]), places);
}

/** Along one axis the given places, in their order. */
function along(constant: Constant, axis: number, places: readonly number[], shape: readonly number[]): Constant | null {
  const { dims, values } = constant;
  if (dims[axis] === undefined || places.some((place) => !(place >= 0 && place < dims[axis]))) return null;
  const inner = elementCount(dims.slice(axis + 1));
  const outer = elementCount(dims.slice(0, axis));
  if (outer * inner * places.length > Math.max(LARGEST_MADE, values.length)) return null;
  const flat = new Float64Array(outer * places.length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) for (const place of places) for (let i = 0; i < inner; i++) flat[at++] = (o * dims[axis] + place) * inner + i;
  return taken(constant, [...dims.slice(0, axis), ...shape, ...dims.slice(axis + 1)], flat);
}

function gathered(node: NodeProto, constant: Constant, indices: Constant | null): Constant | null {
  const stated = node.attributes.get('axis')?.integer ?? 0;
  const axis = stated < 0 ? stated + constant.dims.length : stated;
  return indices && along(constant, axis, Array.from(indices.values, (index) => (index < 0 ? index + constant.dims[axis] : index)), indices.dims);
}

function sliced(node: NodeProto, inputs: FoldInputs, constant: Constant): Constant | null {
  const list = (index: number, name: string): number[] => [...(inputs.constant(index)?.values ?? node.attributes.get(name)?.integers ?? [])];
  if (node.inputs.slice(1).some((input, i) => input !== '' && !inputs.constant(i + 1))) return null;
  const [starts, ends, axes, steps] = [list(1, 'starts'), list(2, 'ends'), list(3, 'axes'), list(4, 'steps')];
  if (starts.length === 0 || starts.length !== ends.length) return null;
  let result: Constant | null = constant;
  for (const [i, start] of starts.entries()) {
    if (!result) return null;
    const stated = axes[i] ?? i;
    const axis = stated < 0 ? stated + constant.dims.length : stated;
    const size = result.dims[axis];
    const step = steps[i] ?? 1;
    if (size === undefined || !Number.isInteger(step) || step === 0) return null;
    const clamp = (position: number, low: number, high: number): number => Math.min(Math.max(position < 0 ? position + size : position, low), high);
    const [from, to] = step > 0 ? [clamp(start, 0, size), clamp(ends[i], 0, size)] : [clamp(start, 0, size - 1), clamp(ends[i], -1, size - 1)];
    const places: number[] = [];
    for (let place = from; step > 0 ? place < to : place > to; place += step) places.push(place);
    result = along(result, axis, places, [places.length]);
  }
  return result;
}

function concatenated(node: NodeProto, inputs: FoldInputs): Constant | null {
  const parts = node.inputs.flatMap((_, index) => inputs.constant(index) ?? []);
  const [first] = parts;
  const rank = first.dims.length;
  const stated = node.attributes.get('axis')?.integer ?? 0;
  const axis = stated < 0 ? stated + rank : stated;
  const fits = parts.length === node.inputs.length && parts.every(({ dims, kind }) => kind === first.kind && dims.length === rank && dims.every((size, i) => i === axis || size === first.dims[i]));
  const total = parts.reduce((sum, { values }) => sum + values.length, 0);
  if (!fits || !(axis >= 0 && axis < rank) || total > LARGEST_MADE) return null;
  const outer = elementCount(first.dims.slice(0, axis));
  const values = first.kind === 'real' ? new Float32Array(total) : new Float64Array(total);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const part of parts) {
      const row = part.values.length / outer;
      values.set(part.values.subarray(o * row, (o + 1) * row), at);
      at += row;
    }
  }
  return { dims: first.dims.map((size, i) => (i === axis ? parts.reduce((sum, { dims }) => sum + dims[axis], 0) : size)), kind: first.kind, type: first.type, values };
}

function made(node: NodeProto, inputs: FoldInputs): Constant | null {
  const attribute = (name: string) => node.attributes.get(name);
  switch (node.opType) {
    case 'Constant': {
      const tensor = attribute('value')?.tensor;
      if (tensor) return readConstant(tensor, inputs.beside);
      const float = attribute('value_float')?.float;
      if (typeof float === 'number') return { dims: [], kind: 'real', values: Float32Array.of(float) };
      const integer = attribute('value_int')?.integer;
      if (typeof integer === 'number') return integers([integer], []);
      const list = attribute('value_ints')?.integers;
      if (list?.length) return integers(list);
      const floats = attribute('value_floats')?.floats;
      return floats?.length ? { dims: [floats.length], kind: 'real', values: Float32Array.from(floats) } : null;
    }
    case 'Shape': {
      const shape = inputs.constant(0)?.dims ?? inputs.runningShape(0);
      return shape && integers(shape.slice(attribute('start')?.integer ?? 0, attribute('end')?.integer ?? undefined));
    }
    case 'Size': {
      const shape = inputs.constant(0)?.dims ?? inputs.runningShape(0);
      return shape && integers([elementCount(shape)], []);
    }
    case 'ConstantOfShape': {
      const dims = inputs.constant(0)?.values;
      const tensor = attribute('value')?.tensor;
      const filling = tensor ? readConstant(tensor, inputs.beside) : null;
      const count = dims ? elementCount([...dims]) : Number.NaN;
      if (!dims || !(count >= 0 && count <= LARGEST_MADE) || !dims.every((size) => Number.isInteger(size) && size >= 0)) return null;
      const value = filling?.values[0] ?? 0;
      return filling && filling.kind === 'integer' ? integers(new Array<number>(count).fill(value), [...dims]) : { dims: [...dims], kind: 'real', values: new Float32Array(count).fill(value) };
    }
    case 'Range': {
      const [start, limit, step] = [0, 1, 2].map((i) => inputs.constant(i)?.values[0] ?? Number.NaN);
      const count = Math.max(0, Math.ceil((limit - start) / step));
      if (!(count <= LARGEST_MADE)) return null;
      const values = Array.from({ length: count }, (_, i) => start + i * step);
      return inputs.constant(0)?.kind === 'integer' ? integers(values) : { dims: [count], kind: 'real', values: Float32Array.from(values) };
    }
    default:
      return null;
  }
}

/** Operators whose first input alone is worked on; the others say how. */
function reformed(node: NodeProto, inputs: FoldInputs, first: Constant): Constant | null {
  const attribute = (name: string) => node.attributes.get(name);
  const { dims, values } = first;
  const withDims = (next: readonly number[]): Constant | null => (elementCount(next) === values.length ? { ...first, dims: next } : null);
  switch (node.opType) {
    case 'Identity':
    case 'Dropout':
      return first;
    case 'Cast': {
      const real = [1, 10, 11, 16].includes(attribute('to')?.integer ?? 1);
      // Codes that are used as the whole numbers that they are.
      const codes = real && first.type !== undefined && CODE_TYPES.has(first.type) ? { type: first.type.toUpperCase(), distances: Float32Array.from(values) } : undefined;
      return real ? { dims, kind: 'real', values: Float32Array.from(values), stored: codes ?? first.stored } : integers(Array.from(values, Math.trunc), dims);
    }
    case 'Reshape': {
      const stated = inputs.constant(1)?.values ?? attribute('shape')?.integers;
      const shape = stated && resolveShape([...stated], dims, attribute('allowzero')?.integer === 1);
      return shape ? withDims(shape) : null;
    }
    case 'Flatten': {
      const axis = attribute('axis')?.integer ?? 1;
      return withDims([elementCount(dims.slice(0, axis)), elementCount(dims.slice(axis))]);
    }
    case 'Squeeze': {
      const axes = axesOf(node, inputs, dims.length);
      return withDims(dims.filter((size, axis) => (axes.length > 0 ? !axes.includes(axis) : size !== 1)));
    }
    case 'Unsqueeze': {
      const count = inputs.constant(1)?.values.length ?? attribute('axes')?.integers.length ?? 0;
      const axes = axesOf(node, inputs, dims.length + count);
      const rest = [...dims];
      return withDims(plainOrder(dims.length + axes.length).map((axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 1))));
    }
    case 'Transpose':
      return transposed(node, first);
    case 'Gather':
      return gathered(node, first, inputs.constant(1));
    case 'Concat':
      return concatenated(node, inputs);
    case 'Slice':
      return sliced(node, inputs, first);
    default:
      return null;
  }
}

/** Codes made real and real numbers made codes. */
function requantised(node: NodeProto, inputs: FoldInputs, first: Constant): Constant | null {
  const [second, third, fourth] = [1, 2, 3].map((index) => inputs.constant(index));
  const axis = node.attributes.get('axis')?.integer ?? 1;
  const isBlocked = (node.attributes.get('block_size')?.integer ?? 0) !== 0;
  switch (node.opType.slice(node.opType.lastIndexOf('.') + 1)) {
    case 'DequantizeLinear':
      return second && !isBlocked && first.kind === 'integer' ? dequantised(first, gridOf(second, third, first.type ?? 'uint8'), axis) : null;
    case 'QuantizeLinear':
      return second && !isBlocked && first.kind === 'real' ? coded(first, gridOf(second, third, 'uint8'), axis) : null;
    case 'Quant':
      return second && third && fourth ? quantisedConstant(node, first, second, third, fourth) : null;
    case 'BipolarQuant':
      return second && bipolarConstant(first, second);
    default:
      return null;
  }
}

/**
 * Operators on constants, most of which exporters write to compute the shape of a Reshape. null: not foldable.
 * @throws NotRunnable where the settings of an operator do not go together
 */
export function foldConstant(node: NodeProto, inputs: FoldInputs): Constant | null {
  const own = made(node, inputs);
  if (own) return own;
  const first = inputs.constant(0);
  if (!first) return null;
  return reformed(node, inputs, first) ?? requantised(node, inputs, first) ?? calculate(node.opType, node.inputs.map((_, index) => inputs.constant(index)));
}
