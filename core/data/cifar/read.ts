import { StudioError } from '../../base/errors.ts';
import { sha256 } from '../../base/hash.ts';
import type { DataSet, NamedFile, Samples } from '../data-set.ts';
import { allocateLabels, allocatePixels, baseName, dataSetName } from '../reader.ts';
import { CIFAR_10, CIFAR_100 } from './classes.ts';

// CIFAR binary (A. Krizhevsky): rows of label bytes and 32×32 red, then green, then blue bytes.
const SIZE = 32;
const PLANE = SIZE * SIZE;
const PIXEL_BYTES = 3 * PLANE;

interface Layout {
  readonly name: string;
  /** The last of them is the class; CIFAR-100 has the superclass before it. */
  readonly labelBytes: number;
  readonly classes: readonly string[];
  readonly files: string;
}

const LAYOUTS = {
  cifar10: { name: 'CIFAR-10', labelBytes: 1, classes: CIFAR_10, files: 'data_batch_1.bin … test_batch.bin' },
  cifar100: { name: 'CIFAR-100', labelBytes: 2, classes: CIFAR_100, files: 'train.bin, test.bin' },
} as const satisfies Record<string, Layout>;

/** Bytes of one row. */
const rowOf = ({ labelBytes }: Layout): number => labelBytes + PIXEL_BYTES;

export function looksLikeCifar({ name, bytes }: NamedFile): boolean {
  return /\.bin$/i.test(name) && bytes.length >= 1 + PIXEL_BYTES;
}

/** CIFAR-100 where the files are whole rows of it and no row has a label that it lacks; else CIFAR-10, which then says what is wrong. */
function layoutOf(files: readonly NamedFile[]): Layout {
  const fits = (layout: Layout): boolean => files.every(({ bytes }) => bytes.length % rowOf(layout) === 0 && labelsFit(bytes, layout));
  return !fits(LAYOUTS.cifar10) && fits(LAYOUTS.cifar100) ? LAYOUTS.cifar100 : LAYOUTS.cifar10;
}

function labelsFit(bytes: Uint8Array, layout: Layout): boolean {
  for (let row = 0; row < bytes.length; row += rowOf(layout)) if (bytes[row + layout.labelBytes - 1] >= layout.classes.length) return false;
  return true;
}

function checkRows({ name, bytes }: NamedFile, layout: Layout): number {
  const where = baseName(name);
  const rowBytes = rowOf(layout);
  const rest = bytes.length % rowBytes;
  if (bytes.length === 0 || rest !== 0) {
    throw new StudioError(`${where} has ${bytes.length} bytes, which is not a whole number of rows of ${rowBytes} (a label and 32×32×3 pixels): ${rest} bytes are left.`, {
      where: `${where}, byte ${bytes.length - rest}`,
      next: 'The file is cut off or of another data set; download it again.',
    });
  }
  return bytes.length / rowBytes;
}

/** Planes of red, green and blue become interleaved pixels. */
function readRows(files: readonly NamedFile[], layout: Layout): Samples {
  const count = files.reduce((sum, file) => sum + checkRows(file, layout), 0);
  const rowBytes = rowOf(layout);
  const images = allocatePixels(count * PIXEL_BYTES);
  const labels = allocateLabels(count);
  let sample = 0;
  for (const { name, bytes } of files) {
    for (let row = 0; row < bytes.length; row += rowBytes, sample++) {
      const label = bytes[row + layout.labelBytes - 1];
      if (label >= layout.classes.length) {
        throw new StudioError(`${baseName(name)} has the label ${label} in row ${row / rowBytes + 1}; ${layout.name} has labels from 0 to ${layout.classes.length - 1}.`, {
          where: `${baseName(name)}, byte ${row}`,
          next: `Choose the binary version of ${layout.name} (${layout.files}).`,
        });
      }
      labels[sample] = label;
      const to = sample * PIXEL_BYTES;
      for (let plane = 0; plane < 3; plane++) {
        const from = row + layout.labelBytes + plane * PLANE;
        for (let pixel = 0; pixel < PLANE; pixel++) images[to + pixel * 3 + plane] = bytes[from + pixel];
      }
    }
  }
  return { count, images, labels };
}

export function readCifarDataSet(files: readonly NamedFile[]): DataSet {
  const ordered = files.toSorted((a, b) => (baseName(a.name) < baseName(b.name) ? -1 : 1));
  const named = ordered.filter((file) => /test/i.test(baseName(file.name)));
  const notes: string[] = [];
  const testFiles = named.length > 0 ? named : ordered;
  const trainFiles = named.length > 0 ? ordered.filter((file) => !named.includes(file)) : [];
  if (named.length === 0 && ordered.length > 1) notes.push('No file is named as the test half: all images are used for testing.');
  const layout = layoutOf(ordered);
  const test = readRows(testFiles, layout);
  return {
    name: dataSetName(files, layout.name),
    format: 'cifar',
    shape: [SIZE, SIZE, 3],
    classes: layout.classes,
    train: trainFiles.length > 0 ? readRows(trainFiles, layout) : null,
    test,
    hash: sha256('cifar', ...ordered.flatMap((file) => [baseName(file.name), file.bytes])),
    notes: [...notes, ...missingClasses(test, layout)],
  };
}

/** More than these are counted instead of named. */
const MOST_NAMED = 12;

function missingClasses({ labels }: Samples, { classes }: Layout): readonly string[] {
  const seen = new Set(labels);
  const missing = classes.filter((_, label) => !seen.has(label));
  if (missing.length > MOST_NAMED) return [`The test images have none of ${missing.length} classes.`];
  return missing.length > 0 ? [`The test images have no ${missing.join(', no ')}.`] : [];
}
