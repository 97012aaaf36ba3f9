import type { KernelCall } from './kernel.ts';

/** Fewer bytes take less time than to share them. */
const PART_BYTES = 16384;

/** Copies tight rows to where they begin `toStride` bytes apart: into the inside of a padded image. */
export function copyRows(from: number, to: number, rows: number, rowBytes: number, toStride: number): KernelCall {
  return { export: 'copyRows', args: [from, to, rowBytes, toStride], items: rows, grain: Math.max(1, Math.ceil(PART_BYTES / rowBytes)) };
}
