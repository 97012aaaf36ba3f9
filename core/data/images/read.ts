import { StudioError } from '../../base/errors.ts';
import type { DataSet, NamedFile } from '../data-set.ts';
import { LARGEST_BYTES } from '../gzip.ts';
import { dataSetOf, halfNamed, labelsFromNames, sortedNames, type Half, type HalfName } from '../halves.ts';
import { allocatePixels, baseName, type ReadOptions } from '../reader.ts';
import { imageFormat } from './detect.ts';
import { decodeJpeg } from './jpeg.ts';
import { centreCrop, inChannels, resized, type Picture } from './picture.ts';
import { decodePng } from './png.ts';

interface Placed {
  readonly file: NamedFile;
  readonly half: HalfName;
  /** Name of the folder; null where the image lies in none. */
  readonly label: string | null;
}

const DECODERS = { png: decodePng, jpeg: decodeJpeg } as const;

/** The folder of an image is its class, a folder named train, val or test above or below it its half. */
function placed(file: NamedFile): Placed {
  const folders = file.name.split(/[/\\]/).slice(0, -1);
  const inner = folders.at(-1);
  const isHalf = (folder: string): boolean => halfNamed(folder) !== null && /^[a-z0-9]+$/i.test(folder);
  const half = folders.findLast(isHalf);
  const label = inner === undefined || (isHalf(inner) && folders.length < 2) ? null : isHalf(inner) ? (folders.at(-2) as string) : inner;
  return { file, half: (half && halfNamed(half)) || 'train', label };
}

/** Folder around the classes, where the names of the files have one. */
function nameOf({ file, label }: Placed): string {
  const folders = file.name.split(/[/\\]/).slice(0, -1);
  return folders.slice(0, label === null ? undefined : folders.lastIndexOf(label)).filter((folder) => halfNamed(folder) === null).at(-1) ?? 'images';
}

export async function readImageDataSet(files: readonly NamedFile[], { shape: wanted, progress }: ReadOptions): Promise<DataSet> {
  const images = files.map(placed).sort((a, b) => (a.file.name < b.file.name ? -1 : 1));
  const labelled = images.filter(({ label }) => label !== null);
  const name = nameOf(labelled[0] ?? images[0]);
  const classes = sortedNames(labelled.flatMap(({ label }) => label ?? []));
  const hasLabels = classes.length > 1;
  if (hasLabels && labelled.length < images.length) {
    const stray = images.find(({ label }) => label === null) as Placed;
    throw new StudioError(`${stray.file.name} lies in no folder of a class.`, { where: stray.file.name, next: 'Move it into the folder of its class, or out of the data set.' });
  }
  const first = decoded(images[0].file);
  const [height, width, channels] = wanted ? sizeFor(wanted, name) : [first.height, first.width, first.channels];
  if (images.length * height * width * channels > LARGEST_BYTES) {
    throw new StudioError(`${images.length} images of ${height}×${width}×${channels} are more than ${LARGEST_BYTES / 2 ** 30} GiB.`, { where: name, next: 'Open fewer images.' });
  }
  const halves: Partial<Record<HalfName, Half>> = {};
  let done = 0;
  let unlike = 0;
  let cropped = 0;
  for (const half of ['train', 'validation', 'test'] as const) {
    const own = images.filter((image) => image.half === half);
    if (own.length === 0) continue;
    const pixels = allocatePixels(own.length * height * width * channels);
    for (const [i, { file }] of own.entries()) {
      const picture = inChannels(decoded(file), channels);
      const part = centreCrop(picture, width, height);
      if (picture.width !== width || picture.height !== height) unlike++;
      if (part !== picture) cropped++;
      pixels.set(resized(part, width, height).pixels, i * height * width * channels);
      await progress?.(++done, images.length);
    }
    const labels = hasLabels ? labelsFromNames(own.map(({ label }) => label as string), classes) : null;
    halves[half] = { count: own.length, images: pixels, labels, shape: [height, width, channels] };
  }
  const notes = unlike === 0 ? [] : [`${unlike} of ${images.length} images were resized to ${height}×${width} (bilinear)${cropped > 0 ? `, ${cropped} of them after cutting them to that shape around the middle` : ''}.`];
  // A file is known by where it stands in the data set, whatever the folder around that is called.
  const known = images.map(({ file, half, label }) => ({ name: `${half}:${label ?? ''}:${baseName(file.name)}`, bytes: file.bytes }));
  return dataSetOf({ name, format: 'images', files: known, halves, classes: hasLabels ? classes : [], notes, divides: hasLabels });
}

function decoded({ name, bytes }: NamedFile): Picture {
  const format = imageFormat(bytes);
  if (format) return DECODERS[format](bytes, name);
  throw new StudioError(`${name} is neither PNG nor JPEG.`, { where: `${name}, byte 0`, next: 'Convert the image, or remove it.' });
}

/** Height, width and channels that the network takes; rows of numbers are squares. */
function sizeFor(shape: readonly number[], where: string): readonly [number, number, 1 | 3] {
  const [height, width, channels] = shape.length === 1 ? squareOf(shape[0]) : shape;
  if (shape.length !== 2 && (channels === 1 || channels === 3) && Number.isInteger(height)) return [height, width, channels];
  throw new StudioError(`The network takes ${shape.join('×')}, which no image of one or three channels is.`, { where, next: 'Open a data set of such samples as NumPy arrays.' });
}

function squareOf(count: number): readonly number[] {
  const side = [1, 3].map((channels) => [Math.sqrt(count / channels), channels] as const).find(([length]) => Number.isInteger(length));
  return side ? [side[0], side[0], side[1]] : [count, 1, 0];
}
