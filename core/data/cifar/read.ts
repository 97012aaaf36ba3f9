import { StudioError } from '../../base/errors.ts';
import { sha256 } from '../../base/hash.ts';
import type { DataSet, NamedFile, Samples } from '../data-set.ts';
import { allocateLabels, allocatePixels, baseName, dataSetName } from '../reader.ts';

// CIFAR-10 binary (A. Krizhevsky): rows of one label byte and 32×32 red, then green, then blue bytes.
const SIZE = 32;
const PLANE = SIZE * SIZE;
const ROW_BYTES = 1 + 3 * PLANE;
const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'] as const;

export function looksLikeCifar({ name, bytes }: NamedFile): boolean {
  return /\.bin$/i.test(name) && bytes.length >= ROW_BYTES;
}

function checkRows({ name, bytes }: NamedFile): number {
  const where = baseName(name);
  const rest = bytes.length % ROW_BYTES;
  if (bytes.length === 0 || rest !== 0) {
    throw new StudioError(`${where} has ${bytes.length} bytes, which is not a whole number of rows of ${ROW_BYTES} (a label and 32×32×3 pixels): ${rest} bytes are left.`, {
      where: `${where}, byte ${bytes.length - rest}`,
      next: 'The file is cut off or of another data set; download it again.',
    });
  }
  return bytes.length / ROW_BYTES;
}

/** Planes of red, green and blue become interleaved pixels. */
function readRows(files: readonly NamedFile[]): Samples {
  const count = files.reduce((sum, file) => sum + checkRows(file), 0);
  const images = allocatePixels(count * 3 * PLANE);
  const labels = allocateLabels(count);
  let sample = 0;
  for (const { name, bytes } of files) {
    for (let row = 0; row < bytes.length; row += ROW_BYTES, sample++) {
      const label = bytes[row];
      if (label >= CLASSES.length) {
        throw new StudioError(`${baseName(name)} has the label ${label} in row ${row / ROW_BYTES + 1}; CIFAR-10 has labels from 0 to 9.`, {
          where: `${baseName(name)}, byte ${row}`,
          next: 'Choose the binary version of CIFAR-10 (data_batch_1.bin … test_batch.bin).',
        });
      }
      labels[sample] = label;
      const to = sample * 3 * PLANE;
      for (let plane = 0; plane < 3; plane++) {
        const from = row + 1 + plane * PLANE;
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
  const test = readRows(testFiles);
  return {
    name: dataSetName(files, 'CIFAR-10'),
    format: 'cifar',
    shape: [SIZE, SIZE, 3],
    classes: CLASSES,
    train: trainFiles.length > 0 ? readRows(trainFiles) : null,
    test,
    hash: sha256('cifar', ...ordered.flatMap((file) => [baseName(file.name), file.bytes])),
    notes: [...notes, ...missingClasses(test)],
  };
}

function missingClasses({ labels }: Samples): readonly string[] {
  const seen = new Set(labels);
  const missing = CLASSES.filter((_, label) => !seen.has(label));
  return missing.length > 0 ? [`The test images have no ${missing.join(', no ')}.`] : [];
}
