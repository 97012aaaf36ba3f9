/**
 * At most `limit` points that keep the shape: of each bucket the lowest and the highest point stay, in their order,
 * and the first and last point always do. Shorter lists come back as they are.
 */
export function decimate<T>(points: readonly T[], limit: number, value: (point: T) => number): readonly T[] {
  if (points.length <= limit || limit < 4) return points;
  const buckets = Math.floor((limit - 2) / 2);
  const inner = points.length - 2;
  const kept: T[] = [points[0]];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = 1 + Math.floor((bucket * inner) / buckets);
    const end = 1 + Math.floor(((bucket + 1) * inner) / buckets);
    let low = start;
    let high = start;
    for (let index = start; index < end; index++) {
      if (value(points[index]) < value(points[low])) low = index;
      if (value(points[index]) > value(points[high])) high = index;
    }
    kept.push(points[Math.min(low, high)]);
    if (low !== high) kept.push(points[Math.max(low, high)]);
  }
  kept.push(points[points.length - 1]);
  return kept;
}
