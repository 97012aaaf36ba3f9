/** What a layer's inputs have in common, over the places that it was observed at. Means are taken away: a bias takes care of them. */
export interface Covariance {
  /** Fan-in: weights of one output channel. */
  readonly inputs: number;
  /** Σ (xᵢ − mean)(xⱼ − mean) over the places, [inputs, inputs]. */
  readonly gram: Float64Array;
}

/** Values of a layer's inputs at many places, [rows, inputs]. */
export function covarianceOf(values: Float32Array, inputs: number): Covariance {
  const rows = values.length / inputs;
  const sum = new Float64Array(inputs);
  const gram = new Float64Array(inputs * inputs);
  const present = new Int32Array(inputs);
  for (let r = 0; r < rows; r++) {
    const row = values.subarray(r * inputs, (r + 1) * inputs);
    // Behind a ReLU about half of the inputs are zero, and add nothing.
    let count = 0;
    for (let i = 0; i < inputs; i++) if (row[i] !== 0) present[count++] = i;
    for (let a = 0; a < count; a++) {
      const i = present[a];
      const x = row[i];
      sum[i] += x;
      const line = i * inputs;
      for (let b = a; b < count; b++) gram[line + present[b]] += x * row[present[b]];
    }
  }
  for (let i = 0; i < inputs; i++) {
    for (let j = i; j < inputs; j++) {
      const covariance = gram[i * inputs + j] - (sum[i] * sum[j]) / rows;
      gram[i * inputs + j] = covariance;
      gram[j * inputs + i] = covariance;
    }
  }
  return { inputs, gram };
}

/** One-bit inputs at many places: input by input, bit r mod 32 of word ⌊r / 32⌋ is row r: 1 = +1. Bits beyond the rows are 0. */
export interface SignRows {
  readonly inputs: number;
  readonly rows: number;
  readonly columns: Uint32Array;
}

function popcount(x: number): number {
  let v = x - ((x >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

export function covarianceOfSigns({ inputs, rows, columns }: SignRows): Covariance {
  const words = Math.ceil(rows / 32);
  const mean = new Float64Array(inputs);
  for (let i = 0; i < inputs; i++) {
    let ones = 0;
    for (let w = 0; w < words; w++) ones += popcount(columns[i * words + w]);
    mean[i] = (2 * ones - rows) / rows;
  }
  const gram = new Float64Array(inputs * inputs);
  for (let i = 0; i < inputs; i++) {
    for (let j = i; j < inputs; j++) {
      let differing = 0;
      for (let w = 0; w < words; w++) differing += popcount(columns[i * words + w] ^ columns[j * words + w]);
      const covariance = rows - 2 * differing - rows * mean[i] * mean[j];
      gram[i * inputs + j] = covariance;
      gram[j * inputs + i] = covariance;
    }
  }
  return { inputs, gram };
}

/** Σ xᵢ·(y − mean y) over the rows, [channels, inputs]. `targets` are y, [rows, channels]. */
export function signCorrelations({ inputs, rows, columns }: SignRows, targets: Float32Array, channels: number): Float64Array {
  const words = Math.ceil(rows / 32);
  const mean = new Float64Array(channels);
  for (let r = 0; r < rows; r++) for (let k = 0; k < channels; k++) mean[k] += targets[r * channels + k] / rows;
  const result = new Float64Array(channels * inputs);
  const sums = new Float64Array(channels);
  for (let i = 0; i < inputs; i++) {
    sums.fill(0);
    for (let w = 0; w < words; w++) {
      for (let bits = columns[i * words + w]; bits !== 0; bits &= bits - 1) {
        const from = (32 * w + 31 - Math.clz32(bits & -bits)) * channels;
        for (let k = 0; k < channels; k++) sums[k] += targets[from + k] - mean[k];
      }
    }
    // With the mean taken away, Σ (±1)·y is twice the sum over the rows where the bit is set.
    for (let k = 0; k < channels; k++) result[k * inputs + i] = 2 * sums[k];
  }
  return result;
}
