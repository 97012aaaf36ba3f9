import { gzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../core/base/errors.ts';
import type { NamedFile } from '../../core/data/data-set.ts';
import { readDataSet } from '../../core/data/index.ts';
import { cifar100Rows, cifarRows, idxImages, idxLabels } from '../fixtures/data-files.ts';

const packed = ({ name, bytes }: NamedFile): NamedFile => ({ name: `${name}.gz`, bytes: gzipSync(bytes, { mtime: 0 }) });
const changed = ({ name, bytes }: NamedFile, at: number, value: number): NamedFile => {
  const copy = bytes.slice();
  copy[at] = value;
  return { name, bytes: copy };
};
const cut = ({ name, bytes }: NamedFile, length: number): NamedFile => ({ name, bytes: bytes.slice(0, length) });

async function refusal(files: readonly NamedFile[]): Promise<string> {
  try {
    await readDataSet(files);
  } catch (error) {
    return describeError(error);
  }
  throw new Error('the files were accepted');
}

const train = [idxImages('mnist/train-images-idx3-ubyte', 12, 3, 2), idxLabels('mnist/train-labels-idx1-ubyte', 12)];
const test = [idxImages('mnist/t10k-images-idx3-ubyte', 4, 3, 2), idxLabels('mnist/t10k-labels-idx1-ubyte', 4)];

describe('IDX files', () => {
  it('become a data set, in any order, packed or not, with other files around', async () => {
    const plain = await readDataSet([...train, ...test]);
    expect(plain).toMatchObject({ name: 'mnist', format: 'idx', shape: [3, 2, 1], classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], notes: [] });
    expect(plain.train?.count).toBe(12);
    expect([...plain.test.images].slice(0, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...(plain.test.labels ?? [])]).toEqual([0, 1, 2, 3]);
    const mixed = await readDataSet([packed(test[1]), { name: 'mnist/README', bytes: new Uint8Array(9).fill(65) }, ...train.toReversed().map(packed), packed(test[0])]);
    expect({ ...mixed, hash: '' }).toEqual({ ...plain, hash: '' });
  });

  it('have a hash of their content that does not depend on their order', async () => {
    const { hash } = await readDataSet([...train, ...test]);
    expect((await readDataSet([...test, ...train])).hash).toBe(hash);
    expect((await readDataSet([...test, train[1], changed(train[0], 20, 99)])).hash).not.toBe(hash);
  });

  it('of the test half alone, and of the training half alone, which then serves as both', async () => {
    expect(await readDataSet(test)).toMatchObject({ train: null, test: { count: 4 } });
    const { train: none, test: both, notes } = await readDataSet(train);
    expect([none, both.count, notes.length]).toEqual([null, 12, 1]);
  });

  it('without labels say so', async () => {
    const data = await readDataSet([test[0]]);
    expect(data.test.labels).toBeNull();
    expect(data.notes.join()).toContain('no labels');
  });

  it.each<[string, readonly NamedFile[], string]>([
    ['another magic number', [changed(test[0], 0, 7), test[1]], 't10k-images-idx3-ubyte is not an IDX file: it starts with 07 00 08 03 instead of 00 00.'],
    ['another element type', [changed(test[0], 2, 0x0d), test[1]], 'holds elements of the type 0x0d; only unsigned bytes (0x08) are read. (t10k-images-idx3-ubyte, byte 2)'],
    ['a cut', [cut(test[0], 30), test[1]], 't10k-images-idx3-ubyte has 14 bytes of data where its shape 4×3×2 needs 24.'],
    ['an absurd size', [changed(test[0], 4, 0xff), test[1]], 'its shape 4278190084×3×2 needs 25669140504'],
    ['more labels than images', [test[0], idxLabels('t10k-labels-idx1-ubyte', 5)], 't10k-labels-idx1-ubyte has 5 labels for the 4 images of t10k-images-idx3-ubyte.'],
    ['labels alone', [test[1]], 't10k-labels-idx1-ubyte are labels without images.'],
    ['the same half twice', [...test, idxImages('t10k-more-idx3-ubyte', 4, 3, 2)], 'are both images of the test half'],
    ['halves of two sizes', [...test, idxImages('train-images-idx3-ubyte', 4, 5, 5)], 'are 5×5×1, the test images 3×2×1'],
    ['a packed file that is cut', [cut(packed(test[0]), 30), packed(test[1])], 't10k-images-idx3-ubyte.gz'],
  ])('with %s are refused', async (_, files, sentence) => expect(await refusal(files)).toContain(sentence));
});

describe('CIFAR files', () => {
  it('become a data set with interleaved colours; the file named test is the test half', async () => {
    const data = await readDataSet([cifarRows('cifar/data_batch_1.bin', 3), cifarRows('cifar/test_batch.bin', 2), cifarRows('cifar/data_batch_2.bin', 4)]);
    expect(data).toMatchObject({ name: 'cifar', format: 'cifar', shape: [32, 32, 3], train: { count: 7 }, test: { count: 2 } });
    expect([...(data.train?.labels ?? [])]).toEqual([0, 1, 2, 0, 1, 2, 3]);
    const second = 32 * 32 * 3;
    expect(Array.from(data.test.images).slice(second, second + 6)).toEqual([111, 112, 113, 11, 12, 13]);
  });

  it('of 100 classes are known by their rows', async () => {
    const data = await readDataSet([cifar100Rows('cifar-100/train.bin', 120), cifar100Rows('cifar-100/test.bin', 100)]);
    expect(data).toMatchObject({ name: 'cifar-100', shape: [32, 32, 3], train: { count: 120 }, test: { count: 100 }, notes: [] });
    expect([data.classes.length, data.classes[99], data.test.labels?.[99], data.test.images[99 * 3072]]).toEqual([100, 'worm', 99, 99]);
  });

  it('alone are for testing, and say which classes they lack', async () => {
    const data = await readDataSet([cifarRows('images.bin', 8)]);
    expect([data.name, data.train, data.test.count]).toEqual(['images', null, 8]);
    expect(data.notes).toEqual(['The test images have no ship, no truck.']);
  });

  it.each<[string, NamedFile, string]>([
    ['a cut', cut(cifarRows('test_batch.bin', 3), 7000), 'test_batch.bin has 7000 bytes, which is not a whole number of rows of 3073 (a label and 32×32×3 pixels): 854 bytes are left.'],
    ['a label that does not exist', changed(cifarRows('test_batch.bin', 3), 3073, 42), 'test_batch.bin has the label 42 in row 2; CIFAR-10 has labels from 0 to 9. (test_batch.bin, byte 3073)'],
  ])('with %s are refused', async (_, file, sentence) => expect(await refusal([file])).toContain(sentence));
});

describe('other files', () => {
  it('are refused with what can be opened', async () => {
    expect(await refusal([{ name: 'cats.zip', bytes: Uint8Array.of(80, 75, 3, 4) }])).toBe(
      'cats.zip is not a data set that can be opened. (cats.zip) What can be opened: IDX images and labels (MNIST) (.gz, .idx, .idx1-ubyte, .idx3-ubyte); CIFAR-10 and CIFAR-100 binary (.bin); NumPy arrays (.npy, .npz); tables (.csv, .tsv); a folder of images for each class (.png, .jpg, .jpeg).',
    );
    expect(await refusal([])).toContain('No file was given.');
  });
});
