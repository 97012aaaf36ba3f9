interface Measured {
  readonly bytes: number;
  readonly milliseconds: number | null;
  /** Null: not measured yet. */
  readonly measured: { readonly accuracy: number; readonly divergence: number } | null;
}

export interface Limits {
  readonly bytes?: number;
  readonly milliseconds?: number;
  /** Share, 0 to 1. */
  readonly accuracy?: number;
}

function within(point: Measured, { bytes, milliseconds }: Limits): boolean {
  return (bytes === undefined || point.bytes <= bytes) && (milliseconds === undefined || (point.milliseconds ?? Number.POSITIVE_INFINITY) <= milliseconds);
}

/**
 * Which of the measured plans to take: with a floor the smallest that keeps it, otherwise the one nearest to the float network.
 * What was measured decides, not what was predicted: losses of layers do not quite add up. Null while none of them will do.
 */
export function choosePlan<P extends Measured>(points: readonly P[], limits: Limits): P | null {
  const floor = limits.accuracy;
  const fit = points.filter((point) => point.measured !== null && within(point, limits) && (floor === undefined || point.measured.accuracy >= floor));
  const divergence = (point: P): number => point.measured?.divergence ?? Number.POSITIVE_INFINITY;
  const better = floor === undefined ? (a: P, b: P): boolean => divergence(a) < divergence(b) : (a: P, b: P): boolean => a.bytes < b.bytes;
  return fit.reduce<P | null>((best, point) => (best === null || better(point, best) ? point : best), null);
}
