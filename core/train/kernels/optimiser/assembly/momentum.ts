import { clipped } from '../../../../kernels/assembly/float32';
import { loadFour, storeFour } from '../../assembly/lanes';

/**
 * SGD with momentum over values from..to, in place (see ../../../operators/momentum.ts): g is the gradient with the decay, the
 * weight moves by gradientShare · g + velocityShare · v and is kept within ±limit.
 */
export function momentumStep(
  weights: usize, gradient: usize, velocity: usize, momentum: f32, gradientShare: f32, velocityShare: f32, decay: f32, limit: f32, from: i32, to: i32,
): void {
  const kept = f32x4.splat(momentum), ofGradient = f32x4.splat(gradientShare), ofVelocity = f32x4.splat(velocityShare), decays = f32x4.splat(decay);
  const high = f32x4.splat(limit), low = f32x4.splat(-limit);
  const end: usize = to << 2;
  for (let at: usize = from << 2; at < end; at += 16) {
    const count = <i32>(end - at) >> 2;
    const w = loadFour(weights + at, count);
    const g = f32x4.add(loadFour(gradient + at, count), f32x4.mul(decays, w));
    const v = f32x4.add(f32x4.mul(kept, loadFour(velocity + at, count)), g);
    storeFour(velocity + at, v, count);
    const step = f32x4.add(f32x4.mul(ofGradient, g), f32x4.mul(ofVelocity, v));
    storeFour(weights + at, clipped(f32x4.sub(w, step), low, high), count);
  }
}
