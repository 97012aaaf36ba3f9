import { gzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import { createRandom } from '../../core/base/random.ts';
import type { NamedFile } from '../../core/data/data-set.ts';
import { readDataSet } from '../../core/data/index.ts';
import { cifarRows, idxImages, idxLabels, madeFile, npy, textFile } from '../fixtures/data-files.ts';
import { MUTATIONS } from './mutations.ts';

const SEED = 4711;

const sources: readonly { readonly name: string; readonly files: readonly NamedFile[] }[] = [
  { name: 'IDX', files: [idxImages('t10k-images-idx3-ubyte', 6, 5, 4), idxLabels('t10k-labels-idx1-ubyte', 6)] },
  {
    name: 'packed IDX',
    files: [idxImages('train-images-idx3-ubyte', 6, 5, 4), idxLabels('train-labels-idx1-ubyte', 6)].map(({ name, bytes }) => ({
      name: `${name}.gz`,
      bytes: gzipSync(bytes, { mtime: 0 }),
    })),
  },
  { name: 'NumPy', files: [npy('images.npy', '<f4', [6, 5, 4], new Uint8Array(480)), npy('labels.npy', '<i8', [6], new Uint8Array(48))] },
  { name: 'an archive of NumPy arrays', files: [{ name: 'data.npz', bytes: zipSync({ 'x_test.npy': npy('', '|u1', [6, 5, 4], new Uint8Array(120).fill(7)).bytes, 'y_test.npy': npy('', '|u1', [6], new Uint8Array(6)).bytes }) }] },
  { name: 'a table', files: [textFile('test.csv', `a,b,label\n${Array.from({ length: 30 }, (_, i) => `${i}.5,"${i * 7}",${i % 3}`).join('\n')}\n`)] },
  { name: 'PNG', files: [madeFile('colour.png', 'cat/1.png'), madeFile('palette.png', 'dog/1.png')] },
  { name: 'JPEG', files: [madeFile('photo.jpg', 'cat/1.jpg'), madeFile('progressive.jpg', 'dog/1.jpg')] },
  { name: 'CIFAR', files: [cifarRows('data_batch_1.bin', 3), cifarRows('test_batch.bin', 2)] },
];

describe(`damaged data sets are refused with a sentence (seed ${SEED})`, () => {
  it.each(sources)('$name', async ({ files }) => {
    expect((await readDataSet(files)).test.count).toBeGreaterThan(0);
    const random = createRandom(SEED);
    let refused = 0;
    for (let round = 0; round < 40; round++) {
      for (const mutation of MUTATIONS) {
        const damaged = random.integer(0, files.length);
        try {
          const data = await readDataSet(files.map((file, i) => (i === damaged ? { name: file.name, bytes: mutation.apply(file.bytes, random) } : file)));
          expect(data.test.images.length).toBe(data.test.count * data.shape.reduce((product, size) => product * size, 1));
        } catch (error) {
          if (!(error instanceof StudioError)) throw new Error(`round ${round}, ${mutation.name}`, { cause: error });
          expect(error.where, error.message).toBeTruthy();
          expect(error.next, error.message).toBeTruthy();
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
