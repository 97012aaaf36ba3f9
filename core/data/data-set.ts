/** Samples in memory, NHWC. Pixels stay in the type of the file; preprocessing happens when a batch is made. */
export interface Samples {
  readonly count: number;
  readonly images: Uint8Array | Int8Array | Float32Array;
  /** Class index per sample; null when the data has no labels. */
  readonly labels: Int32Array | null;
}

export interface DataSet {
  readonly name: string;
  /** Format id of the reader: idx, cifar, sample. */
  readonly format: string;
  /** Shape of one sample without batch: [h, w, c] or [features]. */
  readonly shape: readonly number[];
  readonly classes: readonly string[];
  readonly train: Samples | null;
  readonly test: Samples;
  /** Content hash, for result keys. */
  readonly hash: string;
  /** Sentences worth showing: missing classes, no labels, split made here. */
  readonly notes: readonly string[];
}

export const PREPROCESS = {
  raw: { label: 'Raw 0–255', scale: [1], mean: [0], deviation: [1] },
  unit: { label: '0 to 1 (÷255)', scale: [1 / 255], mean: [0], deviation: [1] },
  signed: { label: '−1 to 1', scale: [1 / 127.5], mean: [1], deviation: [1] },
  imagenet: { label: 'ImageNet mean and deviation', scale: [1 / 255], mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
  int8: { label: 'Pixel − 128', scale: [1], mean: [128], deviation: [1] },
} as const satisfies Record<string, { label: string; scale: readonly number[]; mean: readonly number[]; deviation: readonly number[] }>;
export type PreprocessId = keyof typeof PREPROCESS;

/** A file handed to an importer or reader; a folder is a list of files with relative names. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}
