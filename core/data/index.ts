import { StudioError } from '../base/errors.ts';
import { looksLikeCifar, readCifarDataSet } from './cifar/read.ts';
import type { DataSet, NamedFile } from './data-set.ts';
import { DATA_FORMATS, type DataFormat } from './formats.ts';
import { looksLikeIdx, readIdxDataSet } from './idx/read.ts';
import { looksLikeImage } from './images/detect.ts';
import { looksLikeNumpy } from './numpy/detect.ts';
import type { DataReader, ReadOptions } from './reader.ts';

/** Formats of data sets that can be opened. The larger readers load when they are needed. */
const DATA_READERS = {
  idx: { claim: (files) => files.filter(looksLikeIdx), read: async (files) => readIdxDataSet(files) },
  cifar: { claim: (files) => files.filter(looksLikeCifar), read: async (files) => readCifarDataSet(files) },
  numpy: { claim: (files) => files.filter(looksLikeNumpy), read: async (files, options) => (await import('./numpy/read.ts')).readNumpyDataSet(files, options) },
  csv: {
    claim: (files) => files.filter(({ name }) => /\.[ct]sv(\.gz)?$/i.test(name)),
    read: async (files, options) => (await import('./csv/read.ts')).readCsvDataSet(files, options),
  },
  images: { claim: (files) => files.filter(looksLikeImage), read: async (files, options) => (await import('./images/read.ts')).readImageDataSet(files, options) },
} as const satisfies Record<DataFormat, DataReader>;

const NOTHING_KNOWN: ReadOptions = { shape: null, label: null };

const bytesOf = (files: readonly NamedFile[]): number => files.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** Files of a folder that belong to no data set (texts, licences) are passed over. */
export async function readDataSet(files: readonly NamedFile[], options: ReadOptions = NOTHING_KNOWN): Promise<DataSet> {
  if (files.length === 0) throw new StudioError('No file was given.', { next: 'Choose the files of a data set, or a folder with them.' });
  // A folder may hold a table about its images, or a picture beside its arrays: the data are what most bytes are.
  const claims = (Object.values(DATA_READERS) as readonly DataReader[]).map((reader) => ({ reader, claimed: reader.claim(files) }));
  const { reader, claimed } = claims.reduce((most, other) => (bytesOf(other.claimed) > bytesOf(most.claimed) ? other : most));
  if (claimed.length > 0) return reader.read(claimed, options);
  const names = files.map((file) => file.name);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  const can = Object.values(DATA_FORMATS).map(({ name, extensions }) => `${name} (${extensions.map((extension) => `.${extension}`).join(', ')})`);
  throw new StudioError(`${shown} ${files.length === 1 ? 'is not a data set' : 'hold no data set'} that can be opened.`, {
    where: names[0],
    next: `What can be opened: ${can.join('; ')}.`,
  });
}
