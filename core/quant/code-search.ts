import type { Covariance } from './covariance.ts';

/** Codes that a weight may take: −largest … largest, without 0 where `zero` is false. */
export interface Alphabet {
  readonly largest: number;
  readonly zero: boolean;
}

export interface FoundCodes {
  /** [inputs, channels]. */
  readonly codes: Int8Array;
  /** What one step of a channel's codes is worth, > 0. */
  readonly scale: Float32Array;
}

/** Pulls towards the given weights where the observations leave room: shares of each input's own energy and of the mean energy. */
const OWN_RIDGE = 0.05;
const COMMON_RIDGE = 0.01;
const MOST_SWEEPS = 8;
/** A gain below this share is rounding. */
const LEAST_GAIN = 1e-9;

/** Gram matrix with its diagonal raised, so that few observations cannot lead far away from the weights. */
function withRidge({ inputs, gram }: Covariance): Float64Array {
  let energy = 0;
  for (let i = 0; i < inputs; i++) energy += gram[i * inputs + i] / inputs;
  const result = gram.slice();
  for (let i = 0; i < inputs; i++) result[i * inputs + i] += OWN_RIDGE * gram[i * inputs + i] + COMMON_RIDGE * energy;
  return result;
}

/**
 * Codes of a layer by its result instead of its weights: those that make α·Σ cᵢxᵢ + β nearest, in least squares over the observed
 * inputs, to what the float layer answers, α and β free (a bias or batch norm is corrected afterwards). Coordinate descent on
 * (cᵀd)² / cᵀGc from the codes that the weights would have, one code one step at a time. The same objective as Frantar et al. 2022
 * (GPTQ) and Nagel et al. 2020 (AdaRound, eq. 19), and the alternating minimisation of Rastegari et al. 2016, §3.1, over results.
 *
 * `kernel` and the codes of `start` are [inputs, channels]; `correlations` [channels, inputs] is Σ x·y where y is not Σ w·x, null
 * where it is. A channel whose inputs never vary keeps what it starts from.
 */
export function searchCodes(covariance: Covariance, kernel: Float32Array, start: FoundCodes, alphabet: Alphabet, correlations: Float64Array | null = null): FoundCodes {
  const { inputs } = covariance;
  const channels = kernel.length / inputs;
  const gram = withRidge(covariance);
  const codes = new Int8Array(kernel.length);
  const scale = new Float32Array(channels);
  const search = new ChannelSearch(inputs, gram, alphabet);
  const weights = new Float64Array(inputs);
  const keep = (k: number): void => {
    scale[k] = start.scale[k];
    for (let i = 0; i < inputs; i++) codes[i * channels + k] = start.codes[i * channels + k];
  };
  for (let k = 0; k < channels; k++) {
    for (let i = 0; i < inputs; i++) {
      weights[i] = kernel[i * channels + k];
      search.codes[i] = start.codes[i * channels + k];
    }
    search.aim(weights, covariance, correlations?.subarray(k * inputs, (k + 1) * inputs) ?? null);
    scale[k] = search.run();
    if (scale[k] > 0) for (let i = 0; i < inputs; i++) codes[i * channels + k] = search.codes[i];
    else keep(k);
  }
  return { codes, scale };
}

/** The search for one channel after the other, in memory of its own. */
class ChannelSearch {
  readonly codes: Int8Array;
  private readonly inputs: number;
  private readonly gram: Float64Array;
  private readonly alphabet: Alphabet;
  /** d = Σ x·y, and G·c. */
  private readonly wanted: Float64Array;
  private readonly product: Float64Array;

  constructor(inputs: number, gram: Float64Array, alphabet: Alphabet) {
    this.inputs = inputs;
    this.gram = gram;
    this.alphabet = alphabet;
    this.codes = new Int8Array(inputs);
    this.wanted = new Float64Array(inputs);
    this.product = new Float64Array(inputs);
  }

  /** Sets what is to be met: the result of the weights, or what correlates with the inputs so, and the weights where nothing does. */
  aim(weights: Float64Array, covariance: Covariance, correlations: Float64Array | null): void {
    const { inputs, gram, wanted } = this;
    multiply(gram, weights, wanted);
    if (!correlations) return;
    const plain = new Float64Array(inputs);
    multiply(covariance.gram, weights, plain);
    let along = 0;
    let energy = 0;
    for (let i = 0; i < inputs; i++) {
      along += weights[i] * correlations[i];
      energy += weights[i] * plain[i];
    }
    const worth = energy > 0 ? along / energy : 0;
    for (let i = 0; i < inputs; i++) wanted[i] = correlations[i] + worth * (wanted[i] - plain[i]);
  }

  /** Returns α; 0 where nothing correlates with the codes. */
  run(): number {
    const { inputs, codes, wanted, product } = this;
    multiply(this.gram, codes, product);
    let along = 0;
    let energy = 0;
    for (let i = 0; i < inputs; i++) {
      along += codes[i] * wanted[i];
      energy += codes[i] * product[i];
    }
    for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
      let changes = 0;
      for (let i = 0; i < inputs; i++) {
        const own = this.gram[i * inputs + i];
        let gain = Math.max(along, 0) ** 2 * (1 + LEAST_GAIN);
        let over = energy;
        let best = 0;
        for (const step of this.steps(codes[i])) {
          const nextAlong = along + step * wanted[i];
          const nextEnergy = energy + 2 * step * product[i] + step * step * own;
          if (nextAlong <= 0 || nextEnergy <= 0 || nextAlong ** 2 * over <= gain * nextEnergy) continue;
          gain = nextAlong ** 2;
          over = nextEnergy;
          best = step;
        }
        if (best === 0) continue;
        along += best * wanted[i];
        energy += 2 * best * product[i] + best * best * own;
        codes[i] += best;
        for (let j = 0, line = i * inputs; j < inputs; j++) product[j] += best * this.gram[line + j];
        changes++;
      }
      if (changes === 0) break;
    }
    return energy > 0 && along > 0 ? along / energy : 0;
  }

  /** Changes that a code may make. */
  private steps(code: number): readonly number[] {
    const { largest, zero } = this.alphabet;
    if (!zero) return code > 0 ? DOWN_TWO : UP_TWO;
    if (code >= largest) return DOWN;
    return code <= -largest ? UP : BOTH;
  }
}

const [UP, DOWN, BOTH, UP_TWO, DOWN_TWO] = [[1], [-1], [-1, 1], [2], [-2]];

function multiply(gram: Float64Array, vector: Float64Array | Int8Array, result: Float64Array): void {
  const { length } = vector;
  for (let i = 0, line = 0; i < length; i++, line += length) {
    let sum = 0;
    for (let j = 0; j < length; j++) sum += gram[line + j] * vector[j];
    result[i] = sum;
  }
}
