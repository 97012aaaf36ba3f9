/** One-bit inputs of a layer at many places, and what the float layer answers there. */
export interface SignObservations {
  /** Fan-in: weights of one output channel. */
  readonly inputs: number;
  readonly rows: number;
  /** Input by input, bit r mod 32 of word ⌊r / 32⌋ is row r: 1 = +1. Bits beyond the rows are 0. */
  readonly columns: Uint32Array;
  /** [rows, channels]. */
  readonly targets: Float32Array;
}

/** Pulls towards the given weights where the observations leave room: a share of each input's own energy. */
const RIDGE = 0.05;
const MOST_SWEEPS = 6;

function popcount(x: number): number {
  let v = x - ((x >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const wordsOf = (rows: number): number => Math.ceil(rows / 32);

/** Covariance of the inputs times the rows, [inputs, inputs]: Σ xᵢxⱼ − N·mean(xᵢ)·mean(xⱼ). */
function centredGram({ inputs, rows, columns }: SignObservations): Float64Array {
  const words = wordsOf(rows);
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
  return gram;
}

/** Σ xᵢ·(y − mean y) over the rows, [channels, inputs]. */
function correlations({ inputs, rows, columns, targets }: SignObservations, channels: number): Float64Array {
  const words = wordsOf(rows);
  const mean = new Float64Array(channels);
  for (let r = 0; r < rows; r++) for (let k = 0; k < channels; k++) mean[k] += targets[r * channels + k] / rows;
  // The means are taken away, so that Σ (±1)·y is twice the sum over the rows where the bit is set.
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
    for (let k = 0; k < channels; k++) result[k * inputs + i] = 2 * sums[k];
  }
  return result;
}

/**
 * Signs b of one channel that make α·Σ bᵢxᵢ + β nearest to the target in least squares, α and β free: coordinate descent on
 * (bᵀd)² / bᵀGb, from the signs of the weights (the alternating minimisation of Rastegari et al. 2016, §3.1, for the layer's
 * result instead of its weights).
 */
function searchChannel(gram: Float64Array, d: Float64Array, weights: Float64Array): Int8Array {
  const inputs = weights.length;
  const signs = Int8Array.from(weights, (w) => (w >= 0 ? 1 : -1));
  let along = 0;
  let energy = 0;
  for (let i = 0; i < inputs; i++) {
    along += weights[i] * d[i];
    for (let j = 0; j < inputs; j++) energy += weights[i] * gram[i * inputs + j] * weights[j];
  }
  const scale = energy > 0 ? along / energy : 0;
  const ridge = (i: number): number => RIDGE * gram[i * inputs + i];
  const wanted = d.map((value, i) => value + ridge(i) * scale * weights[i]);
  const product = new Float64Array(inputs);
  let top = 0;
  let bottom = 0;
  for (let i = 0; i < inputs; i++) {
    let sum = ridge(i) * signs[i];
    for (let j = 0; j < inputs; j++) sum += gram[i * inputs + j] * signs[j];
    product[i] = sum;
    top += signs[i] * wanted[i];
    bottom += signs[i] * sum;
  }
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let changes = 0;
    for (let i = 0; i < inputs; i++) {
      const nextTop = top - 2 * signs[i] * wanted[i];
      const nextBottom = bottom - 4 * signs[i] * product[i] + 4 * (gram[i * inputs + i] + ridge(i));
      if (nextTop <= 0 || nextTop * nextTop * bottom <= top * top * nextBottom) continue;
      const change = -2 * signs[i];
      signs[i] = -signs[i];
      for (let j = 0; j < inputs; j++) product[j] += change * gram[j * inputs + i];
      product[i] += change * ridge(i);
      top = nextTop;
      bottom = nextBottom;
      changes++;
    }
    if (changes === 0) break;
  }
  return signs;
}

/** Signs for a kernel [inputs, channels] that fit the observations. */
export function searchSigns(kernel: Float32Array, channels: number, observations: SignObservations): Int8Array {
  const { inputs } = observations;
  const gram = centredGram(observations);
  const d = correlations(observations, channels);
  const result = new Int8Array(kernel.length);
  const weights = new Float64Array(inputs);
  for (let k = 0; k < channels; k++) {
    for (let i = 0; i < inputs; i++) weights[i] = kernel[i * channels + k];
    const signs = searchChannel(gram, d.subarray(k * inputs, (k + 1) * inputs), weights);
    for (let i = 0; i < inputs; i++) result[i * channels + k] = signs[i];
  }
  return result;
}
