// What stands for the derivative of sign(v), v in steps: the table of ../../operators/estimators.ts by its codes.
import { exponential, logarithm } from './exponential';

/** Inlined with a constant: the others cost nothing. */
@inline
export function slopeOf(code: i32, v: v128, strength: v128): v128 {
  if (code == 0) return approximate(v);
  if (code == 1) return clippedIdentity(v);
  if (code == 2) return swish(v, strength);
  if (code == 3) return errorDecay(v, strength);
  return root(v, strength);
}

@inline
function approximate(v: v128): v128 {
  const inside = f32x4.pmax(f32x4.sub(f32x4.splat(1), f32x4.abs(v)), f32x4.splat(0));
  return f32x4.add(inside, inside);
}

@inline
function clippedIdentity(v: v128): v128 {
  return v128.and(f32x4.splat(1), f32x4.le(f32x4.abs(v), f32x4.splat(1)));
}

/** β·(2 − u·(1 − e)/(1 + e))·2e/(1 + e)² with u = |β·v| and e = exp(−u): nothing overflows. */
@inline
function swish(v: v128, beta: v128): v128 {
  const u = f32x4.abs(f32x4.mul(v, beta));
  const e = exponential(f32x4.neg(u));
  const one = f32x4.splat(1), two = f32x4.splat(2);
  const inverse = f32x4.div(one, f32x4.add(one, e));
  const bracket = f32x4.sub(two, f32x4.mul(u, f32x4.mul(f32x4.sub(one, e), inverse)));
  return f32x4.mul(f32x4.mul(beta, bracket), f32x4.mul(two, f32x4.mul(e, f32x4.mul(inverse, inverse))));
}

/** max(1/t, 1)·t·(1 − tanh²(t·v)); 1 − tanh² = 4e/(1 + e)² with e = exp(−2|t·v|). */
@inline
function errorDecay(v: v128, t: v128): v128 {
  const u = f32x4.abs(f32x4.mul(v, t));
  const e = exponential(f32x4.neg(f32x4.add(u, u)));
  const inverse = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e));
  return f32x4.mul(f32x4.pmax(t, f32x4.splat(1)), f32x4.mul(f32x4.splat(4), f32x4.mul(e, f32x4.mul(inverse, inverse))));
}

/** |v|^((1 − o)/o)/o up to 1.5; below 0.1 the line to the root there, 0.1^(1/o)/0.1. */
@inline
function root(v: v128, order: v128): v128 {
  const flat = f32x4.splat(0.1);
  const inverse = f32x4.div(f32x4.splat(1), order);
  const magnitude = f32x4.abs(v);
  const isFlat = f32x4.le(magnitude, flat);
  const power = exponential(f32x4.mul(f32x4.sub(inverse, f32x4.splat(1)), logarithm(f32x4.pmax(magnitude, flat))));
  return v128.and(f32x4.mul(power, v128.bitselect(f32x4.splat(1), inverse, isFlat)), f32x4.le(magnitude, f32x4.splat(1.5)));
}
