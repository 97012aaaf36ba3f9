// The gradient of a grid whose scale is learned; see ../../../operators/learned-grid.ts.
import { addToDoubles, firstLanes, loadFour, storeFour } from '../../assembly/lanes';

/** Values summed in float32 before their sum is added in float64, four side by side. */
const BLOCK: usize = 512;

/**
 * dx over chunks from..to of `chunkLength` values, and four float64 a chunk: Σ dy · (rne(onGrid ÷ scale) − x ÷ scale inside, the last
 * level outside) where the step is learned, otherwise Σ dy outside. `inside`: low ≤ x ÷ scale ≤ high, or < `high` where `low` is −∞.
 */
export function learnedGridGradient(
  x: usize, onGrid: usize, dy: usize, dx: usize, length: i32, chunkLength: i32, scale: f32, low: f32, high: f32, learnsStep: i32, partials: usize, from: i32, to: i32,
): void {
  if (learnsStep) chunksOf(true, x, onGrid, dy, dx, length, chunkLength, scale, low, high, partials, from, to);
  else chunksOf(false, x, onGrid, dy, dx, length, chunkLength, scale, low, high, partials, from, to);
}

@inline
function chunksOf(
  learnsStep: bool, x: usize, onGrid: usize, dy: usize, dx: usize, length: i32, chunkLength: i32, scale: f32, low: f32, high: f32, partials: usize, from: i32, to: i32,
): void {
  const scales = f32x4.splat(scale), lows = f32x4.splat(low), highs = f32x4.splat(high);
  for (let chunk = from; chunk < to; chunk++) {
    const sums = partials + (chunk << 5);
    memory.fill(sums, 0, 32);
    const end: usize = min((chunk + 1) * chunkLength, length) << 2;
    for (let block: usize = chunk * chunkLength << 2; block < end; block += BLOCK) {
      const last = min(block + BLOCK, end);
      let sum = f32x4.splat(0);
      for (let at = block; at < last; at += 16) {
        const count = <i32>(last - at) >> 2;
        const position = f32x4.div(loadFour(x + at, count), scales);
        const g = loadFour(dy + at, count);
        const below = learnsStep ? f32x4.le(position, highs) : f32x4.lt(position, highs);
        const inside = learnsStep ? v128.and(below, f32x4.ge(position, lows)) : below;
        storeFour(dx + at, v128.and(g, inside), count);
        const term = learnsStep
          ? f32x4.mul(g, f32x4.sub(f32x4.nearest(f32x4.div(loadFour(onGrid + at, count), scales)), v128.and(position, inside)))
          : v128.andnot(g, inside);
        sum = f32x4.add(sum, count >= 4 ? term : v128.and(term, firstLanes(count)));
      }
      addToDoubles(sums, sum);
    }
  }
}
