/**
 * Copies a row-major array into another order of axes: axis i of the result is axis permutation[i] of the source.
 * `dims` is the source's shape.
 */
export function permute(values: ArrayLike<number>, dims: readonly number[], permutation: readonly number[]): Float32Array {
  const result = new Float32Array(values.length);
  visitPermuted(dims, permutation, (target, source) => (result[target] = values[source]));
  return result;
}

/** Calls with the flat index in the permuted array and the one in the source, in the permuted array's order. */
export function visitPermuted(dims: readonly number[], permutation: readonly number[], visit: (target: number, source: number) => void): void {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * dims[axis + 1];
  const shape = permutation.map((axis) => dims[axis]);
  const steps = permutation.map((axis) => strides[axis]);
  const count = dims.reduce((product, size) => product * size, 1);
  const index = new Array<number>(dims.length).fill(0);
  let source = 0;
  for (let target = 0; target < count; target++) {
    visit(target, source);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += steps[axis];
      if (++index[axis] < shape[axis]) break;
      source -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}
