import type { TrainingKernels } from '../kernels/training-kernels.ts';

/** Of elements that are divided among threads: a multiple of four, and enough to pay for taking a part. */
export const ELEMENT_GRAIN = 4096;

/**
 * Values whose channels repeat, as rows of `width` elements: a multiple of the channels and of eight, so that four or eight elements
 * at a time meet the same channels whatever their number. The last row may be shorter.
 */
export interface ChannelRows {
  readonly width: number;
  readonly length: number;
  /** The shorter one included. */
  readonly rows: number;
}

const SHORTEST_ROW = 64;

const divisorOf = (a: number, b: number): number => (b === 0 ? a : divisorOf(b, a % b));

export function channelRows(length: number, channels: number): ChannelRows {
  const repeats = 8 / divisorOf(channels, 8);
  const multiple = channels * repeats;
  const width = multiple * Math.ceil(SHORTEST_ROW / multiple);
  return { width, length, rows: Math.ceil(length / width) };
}

/** Rows for which a call that is divided among threads takes a part. */
export function rowGrain({ width }: ChannelRows): number {
  return Math.ceil(ELEMENT_GRAIN / width);
}

/**
 * How sums over rows are divided: into chunks whose number follows from the shape alone, so that they are added in one order for
 * any number of threads. Rows are whole ones; the shorter one belongs to the last chunk.
 */
export interface Chunks {
  readonly chunks: number;
  readonly chunkRows: number;
}

const MOST_CHUNKS = 32;
const FEWEST_CHUNK_ROWS = 64;

export function chunksOf(rows: number, fewestRows = FEWEST_CHUNK_ROWS): Chunks {
  const chunkRows = Math.max(Math.ceil(rows / MOST_CHUNKS), fewestRows);
  return { chunks: Math.max(Math.ceil(rows / chunkRows), 1), chunkRows };
}

/** One row of a [channels] tensor repeated, in the workspace of this name. */
export function repeatedRow(kernels: TrainingKernels, name: string, source: number, channels: number, width: number): number {
  const target = kernels.workspace(name, width * 4);
  kernels.run({ export: 'repeatChannels', args: [source, channels, target, width] });
  return target;
}

/** Values of [channels] again and again until a row of `width` is full. */
export function repeatInto(kernels: TrainingKernels, target: number, values: Float32Array, width: number): void {
  const view = kernels.view(target, width);
  for (let at = 0; at < width; at += values.length) view.set(values, at);
}
