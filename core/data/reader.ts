import type { DataSet, NamedFile } from './data-set.ts';

/** What is known of the data beforehand. */
export interface ReadOptions {
  /** Shape of one sample as the network takes it: images are resized to it, rows of numbers become pictures by it. Null where there is none. */
  readonly shape: readonly number[] | null;
  /** The column of a table that holds the class: its name, or its number from 1. Null: it is looked for. */
  readonly label: string | null;
  /** Told about every sample of formats that take long. */
  readonly progress?: (done: number, total: number) => Promise<void>;
}

export interface DataReader {
  /** Files that this reader takes, by content or name; empty when there are none. */
  readonly claim: (files: readonly NamedFile[]) => readonly NamedFile[];
  readonly read: (files: readonly NamedFile[], options: ReadOptions) => Promise<DataSet>;
}

/** Last part of a path. */
export function baseName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
}

/** Folder that the files share, or the name of the only one without its extension: what the data set is called. */
export function dataSetName(files: readonly NamedFile[], fallback: string): string {
  const parts = files[0].name.split(/[/\\]/);
  if (parts.length > 1) return parts[parts.length - 2];
  return files.length === 1 ? baseName(files[0].name).replace(/\.[^.]*$/, '') : fallback;
}

declare const SharedArrayBuffer: { new (bytes: number): ArrayBuffer } | undefined;

/** Memory for pixels: shared where the environment allows it, so that workers need no copy. */
export function allocatePixels(bytes: number): Uint8Array {
  return new Uint8Array(typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes));
}

export function allocateFloats(count: number): Float32Array {
  return new Float32Array(allocatePixels(count * 4).buffer);
}

export function allocateLabels(count: number): Int32Array {
  return new Int32Array(allocatePixels(count * 4).buffer);
}
