// Operators over the last axis; see ../../../operators/channels.ts.
import { loadFour, storeFour } from '../../assembly/lanes';
import { bytesOfRow } from '../../assembly/rows';

/** `source` [channels] again and again until `target` [width] is full. */
export function repeatChannels(source: usize, channels: i32, target: usize, width: i32): void {
  for (let start = 0; start < width; start += channels) memory.copy(target + (start << 2), source, channels << 2);
}

/** y = x + bias over rows from..to; `bias` is one row. */
export function addToChannels(x: usize, y: usize, bias: usize, width: i32, length: i32, from: i32, to: i32): void {
  for (let row = from; row < to; row++) {
    const end = bytesOfRow(row, width, length);
    const source = x + (row * width << 2), target = y + (row * width << 2);
    let c: usize = 0;
    for (; c + 16 <= end; c += 16) v128.store(target + c, f32x4.add(v128.load(source + c), v128.load(bias + c)));
    if (c < end) {
      const count = <i32>(end - c) >> 2;
      storeFour(target + c, f32x4.add(loadFour(source + c, count), v128.load(bias + c)), count);
    }
  }
}

/**
 * Channels from..to of x [rows, channels]: Σ x ÷ divisor. Each channel is summed from the first row to the last in float64, so
 * that the sums are those of a plain loop to the bit; channels are what is divided among threads.
 */
export function sumChannels(x: usize, y: usize, rows: i32, channels: i32, divisor: f64, from: i32, to: i32): void {
  const rowBytes: usize = channels << 2;
  let c = from;
  for (; c + 16 <= to; c += 16) {
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    let at = x + (c << 2);
    for (let row = 0; row < rows; row++, at += rowBytes) {
      s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(at)));
      s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(at, 8)));
      s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(at, 16)));
      s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(at, 24)));
      s4 = f64x2.add(s4, f64x2.promote_low_f32x4(v128.load64_zero(at, 32)));
      s5 = f64x2.add(s5, f64x2.promote_low_f32x4(v128.load64_zero(at, 40)));
      s6 = f64x2.add(s6, f64x2.promote_low_f32x4(v128.load64_zero(at, 48)));
      s7 = f64x2.add(s7, f64x2.promote_low_f32x4(v128.load64_zero(at, 56)));
    }
    const target = y + (c << 2);
    const divisors = f64x2.splat(divisor);
    v128.store64_lane(target, f32x4.demote_f64x2_zero(f64x2.div(s0, divisors)), 0);
    v128.store64_lane(target, f32x4.demote_f64x2_zero(f64x2.div(s1, divisors)), 0, 8);
    v128.store64_lane(target, f32x4.demote_f64x2_zero(f64x2.div(s2, divisors)), 0, 16);
    v128.store64_lane(target, f32x4.demote_f64x2_zero(f64x2.div(s3, divisors)), 0, 24);
    v128.store64_lane(target, f32x4.demote_f64x2_zero(f64x2.div(s4, divisors)), 0, 32);
    v128.store64_lane(target, f32x4.demote_f64x2_zero(f64x2.div(s5, divisors)), 0, 40);
    v128.store64_lane(target, f32x4.demote_f64x2_zero(f64x2.div(s6, divisors)), 0, 48);
    v128.store64_lane(target, f32x4.demote_f64x2_zero(f64x2.div(s7, divisors)), 0, 56);
  }
  for (; c + 2 <= to; c += 2) {
    let sum = f64x2.splat(0);
    let at = x + (c << 2);
    for (let row = 0; row < rows; row++, at += rowBytes) sum = f64x2.add(sum, f64x2.promote_low_f32x4(v128.load64_zero(at)));
    v128.store64_lane(y + (c << 2), f32x4.demote_f64x2_zero(f64x2.div(sum, f64x2.splat(divisor))), 0);
  }
  for (; c < to; c++) {
    let sum: f64 = 0;
    let at = x + (c << 2);
    for (let row = 0; row < rows; row++, at += rowBytes) sum += <f64>load<f32>(at);
    store<f32>(y + (c << 2), <f32>(sum / divisor));
  }
}

/** Largest value of channels from..to. */
export function maximumOfChannels(x: usize, y: usize, rows: i32, channels: i32, from: i32, to: i32): void {
  const rowBytes: usize = channels << 2;
  let c = from;
  for (; c + 4 <= to; c += 4) {
    let at = x + (c << 2);
    let best = f32x4.splat(-Infinity);
    for (let row = 0; row < rows; row++, at += rowBytes) best = f32x4.pmax(best, v128.load(at));
    v128.store(y + (c << 2), best);
  }
  for (; c < to; c++) {
    let at = x + (c << 2);
    let best: f32 = -Infinity;
    for (let row = 0; row < rows; row++, at += rowBytes) {
      const value = load<f32>(at);
      if (value > best) best = value;
    }
    store<f32>(y + (c << 2), best);
  }
}

/**
 * Sums of a row of `width` float64 a chunk, for each channel over all chunks and all places of a row that it has; `advance` are the
 * float64 from a chunk's row to the next one's.
 */
export function sumPartials(partials: usize, chunks: i32, advance: i32, width: i32, channels: i32, sums: usize): void {
  for (let c = 0; c < channels; c++) {
    let sum: f64 = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      for (let place = c; place < width; place += channels) sum += load<f64>(partials + ((chunk * advance + place) << 3));
    }
    store<f32>(sums + (c << 2), <f32>sum);
  }
}
