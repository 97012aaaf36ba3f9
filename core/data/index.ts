import { StudioError } from '../base/errors.ts';
import { looksLikeCifar, readCifarDataSet } from './cifar/read.ts';
import type { DataSet, NamedFile } from './data-set.ts';
import { looksLikeIdx, readIdxDataSet } from './idx/read.ts';
import type { DataReader } from './reader.ts';

/** Formats of data sets that can be opened, in the order they are tried. */
export const DATA_READERS = {
  idx: {
    name: 'IDX images and labels (MNIST)',
    extensions: ['gz', 'idx', 'idx1-ubyte', 'idx3-ubyte'],
    claim: (files) => files.filter(looksLikeIdx),
    read: readIdxDataSet,
  },
  cifar: {
    name: 'CIFAR-10 binary',
    extensions: ['bin'],
    claim: (files) => files.filter(looksLikeCifar),
    read: readCifarDataSet,
  },
} as const satisfies Record<string, DataReader>;

/** Files of a folder that belong to no data set (texts, licences) are passed over. */
export function readDataSet(files: readonly NamedFile[]): DataSet {
  if (files.length === 0) throw new StudioError('No file was given.', { next: 'Choose the files of a data set, or a folder with them.' });
  for (const reader of Object.values(DATA_READERS) as readonly DataReader[]) {
    const claimed = reader.claim(files);
    if (claimed.length > 0) return reader.read(claimed);
  }
  const names = files.map((file) => file.name);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  const can = Object.values(DATA_READERS).map(({ name, extensions }) => `${name} (${extensions.map((extension) => `.${extension}`).join(', ')})`);
  throw new StudioError(`${shown} ${files.length === 1 ? 'is not a data set' : 'hold no data set'} that can be opened.`, {
    where: names[0],
    next: `What can be opened: ${can.join('; ')}.`,
  });
}
