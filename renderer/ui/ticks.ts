/** Round values for an axis: steps of 1, 2 or 5 times a power of ten, from below `low` to above `high`. */
export function niceTicks(low: number, high: number, wanted = 5): readonly number[] {
  // Equal but for rounding: an axis cannot tell such values apart.
  if (!(high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high)))) {
    const around = Math.abs(low) || 1;
    return niceTicks(low - around * 0.1, low + around * 0.1, wanted);
  }
  const rough = (high - low) / Math.max(1, wanted - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999) ?? 10 * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toFixed(decimals)));
}

/** Whole epochs for the x axis, at most `wanted` of them, 0 and the last included. */
export function epochTicks(epochs: number, wanted = 7): readonly number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((candidate) => epochs / candidate <= wanted - 1) ?? 1000;
  const ticks: number[] = [];
  for (let epoch = 0; epoch < epochs - step * 0.4; epoch += step) ticks.push(epoch);
  return [...ticks, epochs];
}
