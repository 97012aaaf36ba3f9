/** 97.5 % point of the normal distribution. */
export const NORMAL_QUANTILE = 1.959963984540054;

/** Wilson's 95 % score interval of a share (Wilson 1927). No samples: everything is possible. */
export function wilsonInterval(correct: number, count: number): { readonly low: number; readonly high: number } {
  if (count === 0) return { low: 0, high: 1 };
  const share = correct / count;
  const square = NORMAL_QUANTILE ** 2;
  const scale = 1 + square / count;
  const centre = (share + square / (2 * count)) / scale;
  const half = (NORMAL_QUANTILE / scale) * Math.sqrt((share * (1 - share)) / count + square / (4 * count * count));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * McNemar's exact test, two-sided: the probability of a split at least as uneven as this one if right → wrong and
 * wrong → right were equally likely (McNemar 1947; binomial with share ½). 1 when nothing flipped.
 */
export function mcnemarExact(rightToWrong: number, wrongToRight: number): number {
  const flips = rightToWrong + wrongToRight;
  const fewer = Math.min(rightToWrong, wrongToRight);
  // Σ C(flips, k) / 2^flips in logarithms: flips can be thousands.
  let logTerm = -flips * Math.LN2;
  let tail = Math.exp(logTerm);
  for (let k = 1; k <= fewer; k++) {
    logTerm += Math.log((flips - k + 1) / k);
    tail += Math.exp(logTerm);
  }
  return Math.min(1, 2 * tail);
}
