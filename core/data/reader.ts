import type { DataSet, NamedFile } from './data-set.ts';

export interface DataReader {
  readonly name: string;
  readonly extensions: readonly string[];
  /** Files that this reader takes, by content or name; empty when there are none. */
  readonly claim: (files: readonly NamedFile[]) => readonly NamedFile[];
  readonly read: (files: readonly NamedFile[]) => DataSet;
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

export function allocateLabels(count: number): Int32Array {
  const { buffer } = allocatePixels(count * 4);
  return new Int32Array(buffer);
}
