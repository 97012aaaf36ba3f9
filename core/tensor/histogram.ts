/**
 * Histogram of a stream in constant memory: the bins span [−range, range), range a power of two that doubles (and
 * neighbouring bins merge) when a value falls outside. Minimum and maximum are exact.
 */
export class StreamingHistogram {
  counts: Float64Array;
  range = 2 ** -20;
  minimum = Number.POSITIVE_INFINITY;
  maximum = Number.NEGATIVE_INFINITY;
  total = 0;

  /** `bins` even. */
  constructor(bins: number) {
    this.counts = new Float64Array(bins);
  }

  private double(): void {
    const { counts } = this;
    const half = counts.length / 2;
    const merged = new Float64Array(counts.length);
    for (let i = 0; i < counts.length; i++) merged[(i >> 1) + half / 2] += counts[i];
    this.counts = merged;
    this.range *= 2;
  }

  add(value: number): void {
    if (value < this.minimum) this.minimum = value;
    if (value > this.maximum) this.maximum = value;
    while (value >= this.range || value < -this.range) this.double();
    this.counts[Math.floor(((value + this.range) / (2 * this.range)) * this.counts.length)]++;
    this.total++;
  }

  /** Values `from`, `from + step`, … of an array. */
  addStrided(values: ArrayLike<number>, from: number, step: number): void {
    let low = this.minimum;
    let high = this.maximum;
    for (let i = from; i < values.length; i += step) {
      if (values[i] < low) low = values[i];
      if (values[i] > high) high = values[i];
    }
    this.minimum = low;
    this.maximum = high;
    while (high >= this.range || low < -this.range) this.double();
    const { counts, range } = this;
    const factor = counts.length / (2 * range);
    let added = 0;
    for (let i = from; i < values.length; i += step) {
      counts[Math.floor((values[i] + range) * factor)]++;
      added++;
    }
    this.total += added;
  }

  get binWidth(): number {
    return (2 * this.range) / this.counts.length;
  }

  /** Centre of a bin; exact 0 stays near 0 within half a bin. */
  centre(bin: number): number {
    return -this.range + (bin + 0.5) * this.binWidth;
  }

  /** Counts over [low, high] in equal bins, for drawing. */
  resample(low: number, high: number, bins: number): number[] {
    const result = new Array<number>(bins).fill(0);
    const width = (high - low) / bins || 1;
    for (let i = 0; i < this.counts.length; i++) {
      if (this.counts[i] === 0) continue;
      const at = Math.min(Math.max(Math.floor((this.centre(i) - low) / width), 0), bins - 1);
      result[at] += this.counts[i];
    }
    return result;
  }
}
