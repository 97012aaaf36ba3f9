import { StudioError } from '../../base/errors.ts';
import { sha256 } from '../../base/hash.ts';
import type { DataSet, NamedFile, Samples } from '../data-set.ts';
import { isGzip, unpack } from '../gzip.ts';
import { allocateLabels, allocatePixels, baseName, dataSetName } from '../reader.ts';

// IDX (Y. LeCun's MNIST page): two zero bytes, element type, number of dimensions, sizes as big-endian uint32, then the data.
const UNSIGNED_BYTE = 0x08;

interface IdxFile {
  readonly name: string;
  readonly dims: readonly number[];
  readonly payload: Uint8Array;
}

/** Recognised by name where the content is packed, by content otherwise. */
export function looksLikeIdx({ name, bytes }: NamedFile): boolean {
  const named = /[-.]idx\d[-.]|\.idx$|-ubyte(\.gz)?$/i.test(baseName(name));
  if (isGzip(bytes)) return named;
  return named || (bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 && bytes[2] === UNSIGNED_BYTE && bytes[3] >= 1 && bytes[3] <= 4);
}

function damaged(name: string, reason: string, offset = 0): StudioError {
  return new StudioError(`${name} ${reason}.`, { where: `${name}, byte ${offset}`, next: 'Download the file again, or choose the original IDX file.' });
}

function readIdx(file: NamedFile): IdxFile {
  const bytes = unpack(file);
  const name = baseName(file.name);
  if (bytes.length < 4) throw damaged(name, `has ${bytes.length} bytes, too few for an IDX file`);
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    const first = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw damaged(name, `is not an IDX file: it starts with ${first} instead of 00 00`);
  }
  if (bytes[2] !== UNSIGNED_BYTE) throw damaged(name, `holds elements of the type 0x${bytes[2].toString(16).padStart(2, '0')}; only unsigned bytes (0x08) are read`, 2);
  const rank = bytes[3];
  if (rank < 1 || rank > 4 || bytes.length < 4 + rank * 4) throw damaged(name, `says it has ${rank} dimensions`, 3);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + axis * 4));
  const header = 4 + rank * 4;
  const count = dims.reduce((product, size) => product * size, 1);
  if (dims.includes(0)) throw damaged(name, `has the shape ${dims.join('×')}`, 4);
  if (bytes.length - header !== count) {
    throw damaged(name, `has ${bytes.length - header} bytes of data where its shape ${dims.join('×')} needs ${count}`, bytes.length);
  }
  return { name, dims, payload: bytes.subarray(header) };
}

type Split = 'train' | 'test';

/** MNIST's names: train-…, t10k-…; any name with "test" is the test half. */
function splitOf(name: string): Split {
  return /t10k|test|val/i.test(name) ? 'test' : 'train';
}

export function readIdxDataSet(files: readonly NamedFile[]): DataSet {
  const read = files.map(readIdx);
  const name = dataSetName(files, 'IDX data');
  const halves: Partial<Record<Split, { images?: IdxFile; labels?: IdxFile }>> = {};
  for (const file of read) {
    const half = (halves[splitOf(file.name)] ??= {});
    const kind = file.dims.length === 1 ? 'labels' : 'images';
    const other = half[kind];
    if (other) throw new StudioError(`${other.name} and ${file.name} are both ${kind} of the ${splitOf(file.name)} half.`, { where: name, next: 'Open one pair of images and labels a half.' });
    half[kind] = file;
  }
  const notes: string[] = [];
  const make = (split: Split): { readonly samples: Samples; readonly shape: readonly number[] } | null => {
    const half = halves[split];
    if (!half) return null;
    const { images, labels } = half;
    if (!images) {
      throw new StudioError(`${labels?.name} are labels without images.`, { where: name, next: `Open the ${split} images too (…-images-idx3-ubyte).` });
    }
    if (!labels) notes.push(`${images.name} has no labels: agreement with the float network is shown instead of accuracy.`);
    return { samples: pair(images, labels), shape: shapeOf(images) };
  };
  const train = make('train');
  const test = make('test') ?? train;
  if (!test) throw new StudioError(`${name} holds no images.`, { where: name });
  if (!halves.test) notes.push('There is no test half: the training images are used for testing too.');
  if (train && train.shape.join() !== test.shape.join()) {
    throw new StudioError(`The training images of ${name} are ${train.shape.join('×')}, the test images ${test.shape.join('×')}.`, { where: name, next: 'Open two halves of one data set.' });
  }
  const classes = classCount([train?.samples, test.samples]);
  return {
    name,
    format: 'idx',
    shape: test.shape,
    classes: Array.from({ length: classes }, (_, label) => String(label)),
    train: halves.test ? (train?.samples ?? null) : null,
    test: test.samples,
    hash: sha256('idx', ...files.toSorted((a, b) => (baseName(a.name) < baseName(b.name) ? -1 : 1)).flatMap((file) => [baseName(file.name), file.bytes])),
    notes,
  };
}

function shapeOf({ dims }: IdxFile): readonly number[] {
  const [, ...rest] = dims;
  return rest.length === 2 ? [...rest, 1] : rest;
}

function pair(images: IdxFile, labels: IdxFile | undefined): Samples {
  const [count] = images.dims;
  if (labels && labels.dims[0] !== count) {
    throw new StudioError(`${labels.name} has ${labels.dims[0]} labels for the ${count} images of ${images.name}.`, {
      where: labels.name,
      next: 'Open the labels that belong to these images.',
    });
  }
  const pixels = allocatePixels(images.payload.length);
  pixels.set(images.payload);
  if (!labels) return { count, images: pixels, labels: null };
  const classes = allocateLabels(count);
  classes.set(labels.payload);
  return { count, images: pixels, labels: classes };
}

function classCount(halves: readonly (Samples | undefined)[]): number {
  let largest = -1;
  for (const half of halves) for (const label of half?.labels ?? []) if (label > largest) largest = label;
  return largest + 1;
}
