/** Samples in memory, NHWC. Pixels stay in the type of the file; preprocessing happens when a batch is made. */
export interface Samples {
  readonly count: number;
  readonly images: Uint8Array | Int8Array | Float32Array;
  /** Class index per sample; null when the data has no labels. */
  readonly labels: Int32Array | null;
}

export interface DataSet {
  readonly name: string;
  /** Id of the format, or "sample". */
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

interface Preprocess {
  readonly label: string;
  /** (x·scale − mean) ÷ deviation; one number for all channels or one for each. */
  readonly scale: readonly number[];
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** Only for so many channels. Default: as many as there are means, any where there is one. */
  readonly channels?: number;
  /** Only for data of real numbers, which were divided by 255 already. */
  readonly divided?: true;
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

export const PREPROCESS = {
  raw: { label: 'Raw 0–255', scale: [1], mean: [0], deviation: [1] },
  unit: { label: '0 to 1 (÷255)', scale: [1 / 255], mean: [0], deviation: [1] },
  signed: { label: '−1 to 1', scale: [1 / 127.5], mean: [1], deviation: [1] },
  imagenet: { label: 'ImageNet mean and deviation', scale: [1 / 255], ...IMAGENET },
  cifar: { label: 'CIFAR-10 mean and deviation', scale: [1 / 255], mean: [0.4914, 0.4822, 0.4465], deviation: [0.247, 0.2435, 0.2616] },
  mnist: { label: 'MNIST mean and deviation', scale: [1 / 255], mean: [0.1307], deviation: [0.3081], channels: 1 },
  int8: { label: 'Pixel − 128', scale: [1], mean: [128], deviation: [1] },
  'divided-signed': { label: '−1 to 1, from 0 to 1', scale: [2], mean: [1], deviation: [1], divided: true },
  'divided-imagenet': { label: 'ImageNet mean and deviation, from 0 to 1', scale: [1], ...IMAGENET, divided: true },
} as const satisfies Record<string, Preprocess>;
export type PreprocessId = keyof typeof PREPROCESS;

/** The row of one, as all have it. */
export function preprocessOf(id: PreprocessId): Preprocess {
  return PREPROCESS[id];
}

/** A file handed to an importer or reader; a folder is a list of files with relative names. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}
