import { affine, requantise } from '../stages/assembly/scale-simd';
import { threshold } from '../stages/assembly/sign-simd';

/** Kinds of a finish record; the same numbers stand in finish-record.ts. */
export const AFFINE: i32 = 1;
export const REQUANTISE: i32 = 2;
const THRESHOLD: i32 = 3;

/**
 * Finishes the sums of `pixels` output pixels, the first of which is number `first` of the output, while they are still in the
 * cache. `finish` is a record of six words: kind, two arrays, three numbers. acc: int32 [pixels, channels].
 */
export function finishInt32(finish: usize, acc: usize, output: usize, first: i32, pixels: i32, channels: i32): void {
  const kind = load<i32>(finish);
  const a: usize = load<u32>(finish, 4), b: usize = load<u32>(finish, 8);
  const values = first * channels;
  if (kind == AFFINE) affine(acc, a, b, output + (values << 2), pixels, channels, load<f32>(finish, 12), load<f32>(finish, 16));
  else if (kind == REQUANTISE) {
    requantise(acc, a, b, output + values, pixels, channels, load<i32>(finish, 12), load<i32>(finish, 16), load<i32>(finish, 20));
  } else if (kind == THRESHOLD) threshold(acc, a, output + first * (((channels + 63) >> 6) << 3), pixels, channels);
  else memory.copy(output + (values << 2), acc, (pixels * channels) << 2);
}

/** The same for `count` channels of one pixel, from `channel` on: all finishes but signs, whose words span channels. */
export function finishChannels(
  finish: usize, acc: usize, output: usize, pixel: i32, channel: i32, count: i32, channels: i32,
): void {
  const kind = load<i32>(finish);
  const skip = channel << 2;
  const a = <usize>load<u32>(finish, 4) + skip, b = <usize>load<u32>(finish, 8) + skip;
  const at = pixel * channels + channel;
  if (kind == AFFINE) affine(acc, a, b, output + (at << 2), 1, count, load<f32>(finish, 12), load<f32>(finish, 16));
  else if (kind == REQUANTISE) {
    requantise(acc, a, b, output + at, 1, count, load<i32>(finish, 12), load<i32>(finish, 16), load<i32>(finish, 20));
  } else memory.copy(output + (at << 2), acc, count << 2);
}
