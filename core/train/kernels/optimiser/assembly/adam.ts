/**
 * Adam with decoupled weight decay over values from..to, in place (see ../../../operators/adam.ts). `rate` is the learning rate
 * ÷ (1 − β₁ᵗ), `second` is 1 ÷ (1 − β₂ᵗ), `decay` is learning rate · weight decay; values are kept within ±limit.
 */
export function adamStep(
  weights: usize,
  gradient: usize,
  first: usize,
  squares: usize,
  beta1: f32,
  beta2: f32,
  rate: f32,
  second: f32,
  epsilon: f32,
  decay: f32,
  limit: f32,
  from: i32,
  to: i32,
): void {
  const b1 = f32x4.splat(beta1);
  const c1 = f32x4.splat(1 - beta1);
  const b2 = f32x4.splat(beta2);
  const c2 = f32x4.splat(1 - beta2);
  const rates = f32x4.splat(rate);
  const seconds = f32x4.splat(second);
  const epsilons = f32x4.splat(epsilon);
  const decays = f32x4.splat(decay);
  const high = f32x4.splat(limit);
  const low = f32x4.splat(-limit);
  let at: usize = from * 4;
  const end: usize = to * 4;
  for (; at + 16 <= end; at += 16) {
    const g = v128.load(gradient + at);
    const w = v128.load(weights + at);
    const m = f32x4.add(f32x4.mul(v128.load(first + at), b1), f32x4.mul(g, c1));
    const v = f32x4.add(f32x4.mul(v128.load(squares + at), b2), f32x4.mul(f32x4.mul(g, g), c2));
    v128.store(first + at, m);
    v128.store(squares + at, v);
    const step = f32x4.div(f32x4.mul(rates, m), f32x4.add(f32x4.sqrt(f32x4.mul(v, seconds)), epsilons));
    const moved = f32x4.sub(f32x4.sub(w, step), f32x4.mul(decays, w));
    v128.store(weights + at, f32x4.pmin(f32x4.pmax(moved, low), high));
  }
  for (; at < end; at += 4) {
    const g = load<f32>(gradient + at);
    const w = load<f32>(weights + at);
    const m = load<f32>(first + at) * beta1 + g * (1 - beta1);
    const v = load<f32>(squares + at) * beta2 + g * g * (1 - beta2);
    store<f32>(first + at, m);
    store<f32>(squares + at, v);
    const moved = w - (rate * m) / (sqrt<f32>(v * second) + epsilon) - decay * w;
    store<f32>(weights + at, min<f32>(max<f32>(moved, -limit), limit));
  }
}
