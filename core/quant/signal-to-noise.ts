/** Stands for no noise at all: less than float32 itself rounds away. */
export const NO_NOISE_DECIBELS = 120;

/** 10·log10(signal ÷ noise) of two energies (METHODS §8), at most `NO_NOISE_DECIBELS`; 0 where there is no signal to speak of. */
export function decibels(signal: number, noise: number): number {
  if (noise === 0) return NO_NOISE_DECIBELS;
  return signal === 0 ? 0 : Math.min(NO_NOISE_DECIBELS, 10 * Math.log10(signal / noise));
}

/** SQNR in dB of weights [fanIn, channels] as codes with one scale a channel. */
export function weightDecibels(weights: ArrayLike<number>, codes: ArrayLike<number>, scale: ArrayLike<number>): number {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < weights.length; i++) {
    const difference = weights[i] - codes[i] * scale[i % scale.length];
    signal += weights[i] * weights[i];
    noise += difference * difference;
  }
  return decibels(signal, noise);
}
