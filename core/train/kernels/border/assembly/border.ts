// A border of one value around images, and without it again; see ../../../operators/border.ts. Row sizes are in bytes.
import { storeFour } from '../../assembly/lanes';

function fill(target: usize, bytes: usize, value: v128): void {
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(target + at, value);
  if (at < bytes) storeFour(target + at, value, <i32>(bytes - at) >> 2);
}

/** Rows from..to of the images with the border. */
export function addBorder(x: usize, y: usize, height: i32, rowBytes: usize, top: i32, bottom: i32, leftBytes: usize, rightBytes: usize, value: f32, from: i32, to: i32): void {
  const values = f32x4.splat(value);
  const fullHeight = top + height + bottom;
  const fullBytes = leftBytes + rowBytes + rightBytes;
  let target = y + from * fullBytes;
  for (let row = from; row < to; row++, target += fullBytes) {
    const image = row / fullHeight;
    const inner = row - image * fullHeight - top;
    if (inner < 0 || inner >= height) {
      fill(target, fullBytes, values);
      continue;
    }
    fill(target, leftBytes, values);
    memory.copy(target + leftBytes, x + (image * height + inner) * rowBytes, rowBytes);
    fill(target + leftBytes + rowBytes, rightBytes, values);
  }
}

/** Rows from..to of the images without it. */
export function removeBorder(y: usize, x: usize, height: i32, rowBytes: usize, top: i32, bottom: i32, leftBytes: usize, rightBytes: usize, from: i32, to: i32): void {
  const fullBytes = leftBytes + rowBytes + rightBytes;
  for (let row = from; row < to; row++) {
    const image = row / height;
    const full = image * (top + height + bottom) + top + row - image * height;
    memory.copy(x + row * rowBytes, y + full * fullBytes + leftBytes, rowBytes);
  }
}
