import { StudioError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import { createRandom } from '../base/random.ts';
import type { DataSet, NamedFile, Samples } from './data-set.ts';
import { allocateFloats, allocateLabels, allocatePixels, baseName } from './reader.ts';

/** Samples with the shape of one, as a reader finds them. */
export interface Half extends Samples {
  readonly shape: readonly number[];
}

export type HalfName = 'train' | 'validation' | 'test';

/** Words of a file, a folder or an array that say which part of the data it is. */
const HALF_WORDS: readonly (readonly [RegExp, HalfName])[] = [
  [/^(t10k|test|tests|testing|eval)$/, 'test'],
  [/^(val|valid|validation|dev)$/, 'validation'],
  [/^(train|training)$/, 'train'],
];

/** "xTest", "x_test" and "test-images.npy" are the words x, test and images. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}

export function halfNamed(name: string): HalfName | null {
  for (const word of wordsOf(name)) for (const [words, half] of HALF_WORDS) if (words.test(word)) return half;
  return null;
}

/** Largest class: more would be a measurement, not a class. */
const MOST_CLASSES = 65_536;

/** Whole numbers from 0 on as labels; `place` says where the sample stands. */
export function labelsFrom(values: ArrayLike<number>, place: (sample: number) => string): Int32Array {
  const labels = allocateLabels(values.length);
  for (let i = 0; i < values.length; i++) {
    const label = values[i];
    if (!Number.isInteger(label)) {
      throw new StudioError(`The label ${label} is no class: classes are whole numbers, and accuracy counts right classes.`, {
        where: place(i),
        next: 'Choose another label column or array; networks that answer with a measurement are not measured by accuracy.',
      });
    }
    if (label < 0 || label >= MOST_CLASSES) {
      throw new StudioError(`The label ${label} is outside 0 to ${MOST_CLASSES - 1}.`, { where: place(i), next: 'Number the classes from 0 on.' });
    }
    labels[i] = label;
  }
  return labels;
}

/** Names as labels: the classes are the names in the order of their letters. */
export function labelsFromNames(names: readonly string[], classes: readonly string[]): Int32Array {
  const index = new Map(classes.map((name, i) => [name, i]));
  const labels = allocateLabels(names.length);
  for (let i = 0; i < names.length; i++) labels[i] = index.get(names[i]) as number;
  return labels;
}

export function sortedNames(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].sort((a, b) => (a < b ? -1 : 1));
}

const SPLIT_SEED = 1;
const SPLIT_OF = 5;

/** One of five samples of each class for testing, drawn by a fixed seed; the others for training. */
function split(whole: Half): { readonly train: Half; readonly test: Half } {
  const order = createRandom(SPLIT_SEED).shuffle(Uint32Array.from({ length: whole.count }, (_, i) => i));
  const seen = new Map<number, number>();
  const isTest = new Uint8Array(whole.count);
  for (const i of order) {
    const label = whole.labels?.[i] ?? 0;
    const before = seen.get(label) ?? 0;
    // The third of five, so that classes of a few samples have one for testing.
    if (before % SPLIT_OF === 2) isTest[i] = 1;
    seen.set(label, before + 1);
  }
  const indices = [...isTest.keys()];
  return { train: pick(whole, indices.filter((i) => isTest[i] === 0)), test: pick(whole, indices.filter((i) => isTest[i] === 1)) };
}

function pick({ images, labels, shape }: Half, indices: readonly number[]): Half {
  const size = shape.reduce((product, length) => product * length, 1);
  const target = imagesLike(images, indices.length * size);
  indices.forEach((from, to) => target.set(images.subarray(from * size, (from + 1) * size), to * size));
  const chosen = labels && allocateLabels(indices.length);
  if (labels && chosen) for (let i = 0; i < indices.length; i++) chosen[i] = labels[indices[i]];
  return { count: indices.length, images: target, labels: chosen, shape };
}

export function imagesLike(images: Samples['images'], count: number): Samples['images'] {
  if (images instanceof Float32Array) return allocateFloats(count);
  const pixels = allocatePixels(count);
  return images instanceof Int8Array ? new Int8Array(pixels.buffer) : pixels;
}

/** Samples of the smallest data set that is divided: five of one class. */
const FEWEST_TO_SPLIT = 10;

interface Found {
  readonly name: string;
  readonly format: string;
  readonly files: readonly NamedFile[];
  readonly halves: Readonly<Partial<Record<HalfName, Half>>>;
  /** Null: the numbers of the labels. */
  readonly classes: readonly string[] | null;
  readonly notes: readonly string[];
  /** Whether data without named halves are divided; otherwise all of them are for testing. */
  readonly divides: boolean;
  /** What the samples depend on besides the files and their shape. */
  readonly settings?: string;
}

/** A data set of what a reader found: which half is which, the split where none is named, names of classes, hash and notes. */
export function dataSetOf({ name, format, files, halves, classes, notes, divides, settings = '' }: Found): DataSet {
  const told = [...notes];
  let train = halves.train ?? null;
  let test = halves.test ?? halves.validation ?? null;
  if (halves.test && halves.validation) told.push('The validation samples are left out: the test samples are measured on.');
  if (train && !test) {
    if (divides && train.count >= FEWEST_TO_SPLIT) {
      ({ train, test } = split(train));
      told.push(`No test half is named: ${test.count} of ${train.count + test.count} samples, drawn by seed ${SPLIT_SEED} in every class alike, are for testing and the others for training.`);
    } else {
      [train, test] = [null, train];
      told.push('There is no test half: all samples are used for testing.');
    }
  }
  if (!test) throw new StudioError(`${name} holds no samples.`, { where: name, next: 'Open the files with the samples too.' });
  if (train && train.shape.join() !== test.shape.join()) {
    throw new StudioError(`The training samples of ${name} are ${train.shape.join('×')}, the test samples ${test.shape.join('×')}.`, { where: name, next: 'Open two halves of one data set.' });
  }
  if (!test.labels) told.push('The samples have no labels: agreement with the float network is shown instead of accuracy.');
  const plain = ({ count, images, labels }: Half): Samples => ({ count, images, labels });
  return {
    name,
    format,
    shape: test.shape,
    classes: classes ?? numbers(train, test),
    train: train && plain(train),
    test: plain(test),
    hash: hashOf(format, files, `${test.shape.join('×')} ${settings}`),
    notes: told,
  };
}

function numbers(...halves: readonly (Samples | null)[]): readonly string[] {
  let largest = -1;
  for (const half of halves) for (const label of half?.labels ?? []) if (label > largest) largest = label;
  return Array.from({ length: largest + 1 }, (_, label) => String(label));
}

/** Of the content, whatever the order in which files were given. */
function hashOf(format: string, files: readonly NamedFile[], settings: string): string {
  const ordered = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sha256(format, settings, ...ordered.flatMap((file) => [baseName(file.name), file.bytes]));
}
