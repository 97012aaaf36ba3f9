// The single comparisons stand in an `if` on purpose: inside <u64>(a >= b) AssemblyScript compares as unsigned 64-bit numbers.

/** Sixteen comparison masks of 32 bits → sixteen bits. */
function bits16(a: v128, b: v128, c: v128, d: v128): u64 {
  return <u64>i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

export function threshold(acc: usize, thresholds: usize, output: usize, pixels: i32, channels: i32): void {
  for (let i = 0; i < pixels; i++) {
    let t = thresholds;
    for (let left = channels; left > 0; left -= 64) {
      const count = min(left, 64);
      let word: u64 = 0;
      let c = 0;
      for (; c + 16 <= count; c += 16) {
        const a = i32x4.ge_s(v128.load(acc), v128.load(t));
        const b = i32x4.ge_s(v128.load(acc, 16), v128.load(t, 16));
        const d = i32x4.ge_s(v128.load(acc, 32), v128.load(t, 32));
        const e = i32x4.ge_s(v128.load(acc, 48), v128.load(t, 48));
        word |= bits16(a, b, d, e) << (<u64>c);
        acc += 64;
        t += 64;
      }
      for (; c + 4 <= count; c += 4) {
        word |= <u64>i32x4.bitmask(i32x4.ge_s(v128.load(acc), v128.load(t))) << (<u64>c);
        acc += 16;
        t += 16;
      }
      for (; c < count; c++) {
        if (load<i32>(acc) >= load<i32>(t)) word |= <u64>1 << <u64>c;
        acc += 4;
        t += 4;
      }
      store<u64>(output, word);
      output += 8;
    }
  }
}

export function signPackFloat(input: usize, thresholds: usize, output: usize, pixels: i32, channels: i32): void {
  for (let i = 0; i < pixels; i++) {
    let t = thresholds;
    for (let left = channels; left > 0; left -= 64) {
      const count = min(left, 64);
      let word: u64 = 0;
      let c = 0;
      for (; c + 16 <= count; c += 16) {
        const a = f32x4.ge(v128.load(input), v128.load(t));
        const b = f32x4.ge(v128.load(input, 16), v128.load(t, 16));
        const d = f32x4.ge(v128.load(input, 32), v128.load(t, 32));
        const e = f32x4.ge(v128.load(input, 48), v128.load(t, 48));
        word |= bits16(a, b, d, e) << (<u64>c);
        input += 64;
        t += 64;
      }
      for (; c + 4 <= count; c += 4) {
        word |= <u64>i32x4.bitmask(f32x4.ge(v128.load(input), v128.load(t))) << (<u64>c);
        input += 16;
        t += 16;
      }
      for (; c < count; c++) {
        if (load<f32>(input) >= load<f32>(t)) word |= <u64>1 << <u64>c;
        input += 4;
        t += 4;
      }
      store<u64>(output, word);
      output += 8;
    }
  }
}

export function signPackInt8(input: usize, thresholds: usize, output: usize, pixels: i32, channels: i32): void {
  for (let i = 0; i < pixels; i++) {
    let t = thresholds;
    for (let left = channels; left > 0; left -= 64) {
      const count = min(left, 64);
      let word: u64 = 0;
      let c = 0;
      for (; c + 16 <= count; c += 16) {
        const q = v128.load(input);
        const low = i16x8.extend_low_i8x16_s(q), high = i16x8.extend_high_i8x16_s(q);
        const a = i32x4.ge_s(i32x4.extend_low_i16x8_s(low), v128.load(t));
        const b = i32x4.ge_s(i32x4.extend_high_i16x8_s(low), v128.load(t, 16));
        const d = i32x4.ge_s(i32x4.extend_low_i16x8_s(high), v128.load(t, 32));
        const e = i32x4.ge_s(i32x4.extend_high_i16x8_s(high), v128.load(t, 48));
        word |= bits16(a, b, d, e) << (<u64>c);
        input += 16;
        t += 64;
      }
      for (; c + 4 <= count; c += 4) {
        const q = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(input)));
        word |= <u64>i32x4.bitmask(i32x4.ge_s(q, v128.load(t))) << (<u64>c);
        input += 4;
        t += 16;
      }
      for (; c < count; c++) {
        if (<i32>load<i8>(input) >= load<i32>(t)) word |= <u64>1 << <u64>c;
        input += 1;
        t += 4;
      }
      store<u64>(output, word);
      output += 8;
    }
  }
}
