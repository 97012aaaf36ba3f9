import { multiplyStridedRows, REST_ROWS } from '../../assembly/strided-rows';
import { scratchAt } from '../../assembly/scratch';

/** Terms of a sum that are taken at a time, so that a panel stays in the first-level cache. */
const BLOCK_TERMS: i32 = 384;

/**
 * Rows from..to of left [rows][inner] times panels (see pack-panels) to output [rows][columns], tight. The rows of `left` lie
 * `leftStride` bytes apart; as many as REST_ROWS stay in the cache while the panels pass by. Scratch: REST_ROWS · 32 bytes.
 */
export function multiplyMatrixRows(
  left: usize, leftStride: i32, inner: i32, panels: usize, columns: i32, output: usize, from: i32, to: i32, slot: usize,
): void {
  const rest = scratchAt(slot);
  const outputStride: usize = columns << 2, panelBytes: usize = inner << 5;
  for (let row = from; row < to; row += REST_ROWS) {
    for (let term = 0; term < inner; term += BLOCK_TERMS) {
      multiplyStridedRows(
        left + row * leftStride + (term << 2), leftStride, min(REST_ROWS, to - row), min(BLOCK_TERMS, inner - term), panels + (term << 5), panelBytes,
        columns, output + row * outputStride, outputStride, term > 0, rest,
      );
    }
  }
}
