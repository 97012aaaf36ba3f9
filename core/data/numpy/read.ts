import { elementCount } from '../../graph/graph.ts';
import { equalShapes } from '../../graph/ops.ts';
import { StudioError } from '../../base/errors.ts';
import { readZip } from '../../base/zip.ts';
import type { DataSet, NamedFile } from '../data-set.ts';
import { LARGEST_BYTES, unpack } from '../gzip.ts';
import { dataSetOf, halfNamed, imagesLike, labelsFrom, labelsFromNames, sortedNames, wordsOf, type Half, type HalfName } from '../halves.ts';
import { baseName, dataSetName, type ReadOptions } from '../reader.ts';
import { isNpy } from './detect.ts';
import { readNpy, type NumpyArray } from './npy.ts';

const withoutExtension = (name: string): string => baseName(name).replace(/(\.np[yz])?(\.gz)?$/i, '');

/** Every array of the files: of `.npy` one each, of `.npz` one an entry. */
function arraysOf(file: NamedFile): readonly NumpyArray[] {
  const bytes = unpack(file);
  const name = baseName(file.name);
  if (isNpy(bytes) || !/\.npz(\.gz)?$/i.test(name)) return [readNpy(bytes, withoutExtension(name), name)];
  const entries = Object.entries(readZip(bytes, name, LARGEST_BYTES, (entry) => entry.endsWith('.npy')));
  if (entries.length === 0) throw new StudioError(`${name} holds no arrays.`, { where: name, next: 'Save it again with numpy.savez(images=…, labels=…).' });
  return entries.map(([entry, content]) => readNpy(content, withoutExtension(entry), `${entry} in ${name}`));
}

const LABEL_WORDS = /^(y|labels?|targets?|class|classes|categories)$/;
const IMAGE_WORDS = /^(x|images?|imgs?|data|inputs?|features?|samples?|pixels)$/;

type Role = 'images' | 'labels';

/** One column or one number a sample: what labels are like. */
const isList = ({ shape, texts }: NumpyArray): boolean => texts !== null || shape.length === 1 || (shape.length === 2 && shape[1] === 1);

/** By the words of its name, otherwise by its shape. */
function roleOf(array: NumpyArray): Role {
  const words = wordsOf(array.name);
  if (words.some((word) => LABEL_WORDS.test(word) || /^y(train|test|val)$/.test(word))) return 'labels';
  if (words.some((word) => IMAGE_WORDS.test(word) || /^x(train|test|val)$/.test(word)) && array.texts === null) return 'images';
  return isList(array) ? 'labels' : 'images';
}

const halfOf = ({ name }: NumpyArray): HalfName => {
  const run = /^[xy](train|test|val)$/i.exec(name)?.[1];
  return halfNamed(run ?? name) ?? 'train';
};

export function readNumpyDataSet(files: readonly NamedFile[], { shape: wanted }: ReadOptions): DataSet {
  const name = dataSetName(files, 'NumPy arrays');
  const found: Partial<Record<HalfName, Partial<Record<Role, NumpyArray>>>> = {};
  for (const array of files.flatMap(arraysOf)) {
    if (array.shape.includes(0) || array.shape.length === 0) continue;
    const half = (found[halfOf(array)] ??= {});
    const role = roleOf(array);
    const other = half[role];
    if (other) {
      throw new StudioError(`"${other.name}" and "${array.name}" are both ${role} of the ${halfOf(array)} samples.`, { where: name, next: 'Name the arrays x_train, y_train, x_test and y_test, or images and labels.' });
    }
    half[role] = array;
  }
  const texts = sortedNames(Object.values(found).flatMap((half) => half.labels?.texts ?? []));
  const halves: Partial<Record<HalfName, Half>> = {};
  for (const [half, { images, labels }] of Object.entries(found) as [HalfName, Partial<Record<Role, NumpyArray>>][]) {
    if (!images) throw new StudioError(`"${labels?.name}" are labels without images.`, { where: name, next: 'Open the array of the images together with them.' });
    halves[half] = { ...arranged(images, wanted), labels: labels ? labelsOf(labels, images, texts) : null };
  }
  return dataSetOf({ name, format: 'numpy', files, halves, classes: texts.length > 0 ? texts : null, notes: [], divides: false });
}

function labelsOf(labels: NumpyArray, images: NumpyArray, names: readonly string[]): Int32Array {
  const [count] = images.shape;
  const where = labels.name;
  if (labels.shape[0] !== count) {
    throw new StudioError(`"${labels.name}" has ${labels.shape[0]} labels for the ${count} samples of "${images.name}".`, { where, next: 'Open the labels that belong to these samples.' });
  }
  if (labels.texts && labels.texts.length === count) return labelsFromNames(labels.texts, names);
  if (names.length > 0) throw new StudioError(`"${labels.name}" has numbers where other labels have names.`, { where, next: 'Save all labels in the same way.' });
  if (isList(labels)) return labelsFrom(labels.values, (sample) => `${where}, element ${sample + 1}`);
  if (labels.shape.length !== 2) {
    throw new StudioError(`"${labels.name}" has the shape ${labels.shape.join('×')}: neither a class a sample nor one-hot.`, { where, next: 'Save the labels as a list of whole numbers.' });
  }
  return labelsFrom(oneHot(labels), (sample) => `${where}, row ${sample + 1}`);
}

/** The place of the only 1 in each row of zeros. */
function oneHot({ name, shape: [count, classes], values }: NumpyArray): Int32Array {
  return Int32Array.from({ length: count }, (_, sample) => {
    const row = values.subarray(sample * classes, (sample + 1) * classes);
    const one = row.indexOf(1);
    if (one < 0 || row.some((value, i) => value !== 0 && i !== one)) {
      throw new StudioError(`Row ${sample + 1} of "${name}" is not one-hot: it needs one 1 and zeros.`, { where: `${name}, row ${sample + 1}`, next: 'Save the labels as a list of whole numbers.' });
    }
    return one;
  });
}

/** Channels that pictures have: grey, with alpha, colour, colour with alpha. */
const isChannels = (size: number): boolean => size >= 1 && size <= 4;

/** Channels last, as the studio has images, and with a last axis of 1 where grey pictures have none. */
function arranged(array: NumpyArray, wanted: readonly number[] | null): Omit<Half, 'labels'> {
  const [count, ...shape] = array.shape;
  const copy = imagesLike(array.values, array.values.length);
  const plain = (as: readonly number[]): Omit<Half, 'labels'> => {
    copy.set(array.values);
    return { count, shape: as, images: copy };
  };
  if (array.texts || shape.length === 0 || shape.length > 3) {
    throw new StudioError(`"${array.name}" has the shape ${array.shape.join('×')}; samples are rows of numbers or images.`, { where: array.name, next: 'Save images as samples × height × width × channels.' });
  }
  if (wanted && equalShapes(shape, wanted)) return plain(shape);
  if (shape.length === 1) return plain(wanted?.length === 3 && wanted[2] === 1 && elementCount(wanted) === shape[0] ? wanted : shape);
  if (shape.length === 2) return plain([...shape, 1]);
  const [channels, height, width] = shape;
  const first = wanted ? equalShapes([height, width, channels], wanted) : isChannels(channels) && !isChannels(width);
  if (!first) return plain(shape);
  const plane = height * width;
  for (let i = 0; i < count; i++) {
    const start = i * plane * channels;
    for (let c = 0; c < channels; c++) for (let k = 0; k < plane; k++) copy[start + k * channels + c] = array.values[start + c * plane + k];
  }
  return { count, shape: [height, width, channels], images: copy };
}
