/**
 * Rows from..to of a tight output [rows][columns] as the sum, in order, of `count` partial ones, `partialBytes` apart. Partials are
 * padded: groups of `groupRows` rows take `groupBytes`, rows `rowBytes`, a multiple of 32.
 */
export function addPartials(
  partials: usize, partialBytes: i32, count: i32, groupRows: i32, groupBytes: i32, rowBytes: i32, output: usize, columns: i32,
  from: i32, to: i32,
): void {
  for (let row = from; row < to; row++) {
    const group = row / groupRows;
    let read: usize = partials + group * groupBytes + (row - group * groupRows) * rowBytes;
    let write: usize = output + row * (columns << 2);
    let left = columns;
    for (; left >= 4; left -= 4) {
      let sum = v128.load(read);
      for (let i = 1; i < count; i++) sum = f32x4.add(sum, v128.load(read + i * partialBytes));
      v128.store(write, sum);
      read += 16;
      write += 16;
    }
    for (; left > 0; left--) {
      let sum = load<f32>(read);
      for (let i = 1; i < count; i++) sum += load<f32>(read + i * partialBytes);
      store<f32>(write, sum);
      read += 4;
      write += 4;
    }
  }
}
