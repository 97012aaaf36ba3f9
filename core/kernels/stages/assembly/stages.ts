// The stages as exports: each over pixels or elements from..to of its tensors.
import * as scale from './scale-simd';
import * as sign from './sign-simd';

@inline
function signBytes(channels: i32): i32 {
  return ((channels + 63) >> 6) << 3;
}

export function affine(
  acc: usize, m: usize, b: usize, output: usize, channels: i32, low: f32, high: f32, from: i32, to: i32,
): void {
  const values = from * channels;
  scale.affine(acc + (values << 2), m, b, output + (values << 2), to - from, channels, low, high);
}

export function requantise(
  acc: usize, m: usize, b: usize, output: usize, channels: i32, zeroPoint: i32, low: i32, high: i32, from: i32, to: i32,
): void {
  const values = from * channels;
  scale.requantise(acc + (values << 2), m, b, output + values, to - from, channels, zeroPoint, low, high);
}

export function clip(input: usize, output: usize, low: f32, high: f32, from: i32, to: i32): void {
  scale.clip(input + (from << 2), output + (from << 2), to - from, low, high);
}

export function threshold(acc: usize, thresholds: usize, output: usize, channels: i32, from: i32, to: i32): void {
  sign.threshold(acc + ((from * channels) << 2), thresholds, output + from * signBytes(channels), to - from, channels);
}

export function quantise(input: usize, output: usize, inverseScale: f32, zeroPoint: i32, from: i32, to: i32): void {
  scale.quantise(input + (from << 2), output + from, to - from, inverseScale, zeroPoint);
}

export function dequantise(input: usize, output: usize, factor: f32, zeroPoint: i32, from: i32, to: i32): void {
  scale.dequantise(input + from, output + (from << 2), to - from, factor, zeroPoint);
}

export function signPackFloat(input: usize, thresholds: usize, output: usize, channels: i32, from: i32, to: i32): void {
  sign.signPackFloat(input + ((from * channels) << 2), thresholds, output + from * signBytes(channels), to - from, channels);
}

export function signPackInt8(input: usize, thresholds: usize, output: usize, channels: i32, from: i32, to: i32): void {
  sign.signPackInt8(input + from * channels, thresholds, output + from * signBytes(channels), to - from, channels);
}
