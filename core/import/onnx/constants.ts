import { elementCount } from '../../graph/graph.ts';
import { permute } from '../../tensor/permute.ts';
import { plainOrder } from './context.ts';
import type { NodeProto } from './schema.ts';
import { readConstant, type Constant } from './tensor.ts';
import { resolveShape } from './operators/shape.ts';

/** Constant inputs by place, and the shape of an input that is computed. */
export interface FoldInputs {
  readonly constant: (index: number) => Constant | null;
  readonly runningShape: (index: number) => readonly number[] | null;
}

const integers = (values: readonly number[], dims: readonly number[] = [values.length]): Constant => ({
  dims,
  kind: 'integer',
  values: Float64Array.from(values),
});

const axesOf = (node: NodeProto, inputs: FoldInputs, rank: number): readonly number[] => {
  const list = inputs.constant(1)?.values ?? node.attributes.get('axes')?.integers ?? [];
  return [...list].map((axis) => (axis < 0 ? axis + rank : axis));
};

/** Operators on constants, most of which exporters write to compute the shape of a Reshape. null: not foldable. */
export function foldConstant(node: NodeProto, inputs: FoldInputs): Constant | null {
  const attribute = (name: string) => node.attributes.get(name);
  if (node.opType === 'Constant') {
    const tensor = attribute('value')?.tensor;
    if (tensor) return readConstant(tensor);
    const float = attribute('value_float')?.float;
    if (typeof float === 'number') return { dims: [], kind: 'real', values: Float32Array.of(float) };
    const integer = attribute('value_int')?.integer;
    if (typeof integer === 'number') return integers([integer], []);
    const list = attribute('value_ints')?.integers;
    if (list?.length) return integers(list);
    const floats = attribute('value_floats')?.floats;
    return floats?.length ? { dims: [floats.length], kind: 'real', values: Float32Array.from(floats) } : null;
  }
  if (node.opType === 'Shape') {
    const shape = inputs.constant(0)?.dims ?? inputs.runningShape(0);
    return shape && integers(shape.slice(attribute('start')?.integer ?? 0, attribute('end')?.integer ?? undefined));
  }
  const first = inputs.constant(0);
  if (!first) return null;
  const { dims, values, kind } = first;
  const withDims = (next: readonly number[]): Constant | null => (elementCount(next) === values.length ? { dims: next, kind, values } : null);
  switch (node.opType) {
    case 'Identity':
    case 'Dropout':
      return first;
    case 'Cast': {
      const real = [1, 10, 11, 16].includes(attribute('to')?.integer ?? 1);
      return real ? { dims, kind: 'real', values: Float32Array.from(values) } : integers([...values].map(Math.trunc), dims);
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
    case 'Transpose': {
      const permutation = attribute('perm')?.integers.length ? (attribute('perm')?.integers ?? []) : plainOrder(dims.length).toReversed();
      if (permutation.length !== dims.length || new Set(permutation).size !== dims.length || permutation.some((axis) => dims[axis] === undefined)) return null;
      const moved = permute(values, dims, permutation);
      return { dims: permutation.map((axis) => dims[axis]), kind, values: kind === 'real' ? moved : Float64Array.from(moved) };
    }
    case 'Gather': {
      const indices = inputs.constant(1);
      if (!indices || dims.length !== 1 || (attribute('axis')?.integer ?? 0) !== 0) return null;
      const picked = [...indices.values].map((index) => values[index < 0 ? index + values.length : index]);
      return picked.some((value) => value === undefined) ? null : { dims: indices.dims, kind, values: kind === 'real' ? Float32Array.from(picked) : Float64Array.from(picked) };
    }
    case 'Concat': {
      const parts = node.inputs.map((_, index) => inputs.constant(index));
      if (parts.some((part) => !part || part.dims.length !== 1)) return null;
      return integers(parts.flatMap((part) => [...(part as Constant).values]));
    }
    case 'Slice': {
      const [starts, ends] = [1, 2].map((i) => [...(inputs.constant(i)?.values ?? attribute(i === 1 ? 'starts' : 'ends')?.integers ?? [])]);
      const steps = inputs.constant(4)?.values[0] ?? 1;
      if (dims.length !== 1 || starts.length !== 1 || ends.length !== 1 || steps !== 1) return null;
      const part = values.slice(starts[0], Math.min(ends[0], values.length));
      return { dims: [part.length], kind, values: part };
    }
    default:
      return null;
  }
}
