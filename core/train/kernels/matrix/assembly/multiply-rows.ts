import { writeRowOffsets } from '../../assembly/images';
import { multiplyRowTiles } from '../../assembly/row-tiles';
import { scratchAt } from '../../assembly/scratch';

/** Rows whose part of the left matrix stays in the cache while the panels pass by; divisible by the rows of both tiles. */
const BLOCK_ROWS: i32 = 48;
/** Terms of a sum that are taken at a time, so that a panel stays in the first-level cache. */
const BLOCK_TERMS: i32 = 384;

/**
 * Rows from..to of left [rows][inner] times panels (see pack-panels) to output [rows][columns], tight. The rows of `left` lie
 * `leftStride` bytes apart. Scratch: (BLOCK_ROWS + 1) · 4 bytes.
 */
export function multiplyMatrixRows(
  left: usize, leftStride: i32, inner: i32, panels: usize, columns: i32, output: usize, from: i32, to: i32, slot: usize,
): void {
  const rows = scratchAt(slot), segment = rows + (BLOCK_ROWS << 2);
  writeRowOffsets(rows, BLOCK_ROWS, 1, leftStride, 0);
  store<u32>(segment, 0);
  const outputStride: usize = columns << 2, panelBytes: usize = inner << 5;
  for (let row = from; row < to; row += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, to - row);
    for (let term = 0; term < inner; term += BLOCK_TERMS) {
      multiplyRowTiles(
        left + row * leftStride + (term << 2), rows, count, segment, 1, min(BLOCK_TERMS, inner - term), panels + (term << 5), panelBytes,
        columns, output + row * outputStride, outputStride, term > 0,
      );
    }
  }
}
