import { elementCount } from '../../graph/graph.ts';
import type { Constant } from './tensor.ts';

/** Most numbers that arithmetic on constants makes. */
const LARGEST = 2 ** 22;

/** Of whole numbers, which round toward zero, and of real ones. */
interface Binary {
  readonly whole: (a: number, b: number) => number;
  readonly real: (a: number, b: number) => number;
}

const both = (f: (a: number, b: number) => number): Binary => ({ whole: f, real: f });
const BINARY: Readonly<Record<string, Binary>> = {
  Add: both((a, b) => a + b),
  Sub: both((a, b) => a - b),
  Mul: both((a, b) => a * b),
  Div: { whole: (a, b) => Math.trunc(a / b), real: (a, b) => a / b },
  Pow: both((a, b) => a ** b),
  Max: both(Math.max),
  Min: both(Math.min),
  Mod: both((a, b) => a - b * Math.floor(a / b)),
};
const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Reciprocal: (x) => 1 / x,
  Sign: Math.sign,
};

function broadcast(a: readonly number[], b: readonly number[]): readonly number[] | null {
  const rank = Math.max(a.length, b.length);
  const shape = Array.from({ length: rank }, (_, axis) => {
    const [first, second] = [a, b].map((dims) => dims[axis - rank + dims.length] ?? 1);
    return first === second || second === 1 ? first : first === 1 ? second : Number.NaN;
  });
  return shape.every(Number.isInteger) ? shape : null;
}

/** The place in a constant of every number of the shape that it is broadcast to. */
function placeIn(dims: readonly number[], shape: readonly number[]): (flat: number) => number {
  const first = shape.length - dims.length;
  const strides = shape.map((_, axis) => (axis < first || dims[axis - first] === 1 ? 0 : elementCount(dims.slice(axis - first + 1))));
  return (flat) => {
    let place = 0;
    for (let axis = shape.length - 1, rest = flat; axis >= 0; rest = Math.floor(rest / shape[axis]), axis--) place += (rest % shape[axis]) * strides[axis];
    return place;
  };
}

const result = (kind: Constant['kind'], dims: readonly number[], value: (i: number) => number): Constant => {
  const list = { length: elementCount(dims) };
  return { dims, kind, values: kind === 'real' ? Float32Array.from(list, (_, i) => value(i)) : Float64Array.from(list, (_, i) => value(i)) };
};

/** Arithmetic of constants alone; null where the operator or its operands are not known. */
export function calculate(op: string, operands: readonly (Constant | null)[]): Constant | null {
  const [a, b] = operands;
  if (!a || a.values.length > LARGEST) return null;
  if (Object.hasOwn(UNARY, op)) return result(a.kind, a.dims, (i) => UNARY[op](a.values[i]));
  if (!Object.hasOwn(BINARY, op) || !b || operands.length !== 2) return null;
  const shape = broadcast(a.dims, b.dims);
  if (!shape || elementCount(shape) > LARGEST) return null;
  const kind = a.kind === 'real' || b.kind === 'real' ? 'real' : 'integer';
  const f = BINARY[op][kind === 'real' ? 'real' : 'whole'];
  const [left, right] = [placeIn(a.dims, shape), placeIn(b.dims, shape)];
  return result(kind, shape, (i) => f(a.values[left(i)], b.values[right(i)]));
}
