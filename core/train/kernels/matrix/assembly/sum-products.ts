import { aligned, writeRowOffsets } from '../../assembly/images';
import { FEW_COLUMNS, sumOuterProducts, sumOuterProductsPacked } from '../../assembly/outer-products';
import { scratchAt } from '../../assembly/scratch';

/**
 * Rows from..to (in fours) of leftᵀ · right: left [count][height], right [count][columns], both tight, output rows `outputStride`
 * bytes apart and padded: ⌈height / 4⌉ · 4 rows of ⌈columns / 8⌉ · 8. `block` rows are taken at a time. Scratch: block · 36 + 64 bytes.
 */
export function multiplyTransposed(
  left: usize, height: i32, right: usize, columns: i32, count: i32, block: i32, output: usize, outputStride: i32,
  from: i32, to: i32, slot: usize,
): void {
  const rows = scratchAt(slot);
  writeRowOffsets(rows, block, 1, height << 2, 0);
  sumRows(left + (from << 4), height, (to - from) << 2, right, columns, count, block, output + (from << 2) * outputStride, outputStride, rows);
}

/**
 * Partial sums from..to of leftᵀ · right as above: the sum's rows in `chunks` runs of fixed length, each to an output of its own,
 * `partialBytes` apart.
 */
export function sumProducts(
  left: usize, height: i32, right: usize, columns: i32, count: i32, block: i32, partials: usize, outputStride: i32, partialBytes: i32, chunks: i32,
  from: i32, to: i32, slot: usize,
): void {
  const rows = scratchAt(slot);
  writeRowOffsets(rows, block, 1, height << 2, 0);
  for (let chunk = from; chunk < to; chunk++) {
    const first = <i32>((<i64>count * chunk) / chunks), last = <i32>((<i64>count * (chunk + 1)) / chunks);
    sumRows(
      left + first * (height << 2), height, (height + 3) & ~3, right + first * (columns << 2), columns, last - first, block,
      partials + chunk * partialBytes, outputStride, rows,
    );
  }
}

function sumRows(
  left: usize, leftHeight: i32, height: i32, right: usize, columns: i32, count: i32, block: i32, output: usize, outputStride: usize, rows: usize,
): void {
  const packed = rows + aligned(block << 2);
  for (let row = 0; row < count; row += block) {
    const rowsLeft = left + row * (leftHeight << 2), rowsRight = right + row * (columns << 2), some = min(block, count - row);
    if (columns <= FEW_COLUMNS) sumOuterProducts(rowsLeft, rows, some, height, rowsRight, columns << 2, (columns + 7) & ~7, output, outputStride, row > 0);
    else sumOuterProductsPacked(rowsLeft, rows, some, height, rowsRight, columns << 2, (columns + 7) & ~7, output, outputStride, row > 0, packed);
  }
}
