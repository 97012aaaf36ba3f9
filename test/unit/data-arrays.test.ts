import { gzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../core/base/errors.ts';
import { readZip } from '../../core/base/zip.ts';
import type { NamedFile } from '../../core/data/data-set.ts';
import { readDataSet } from '../../core/data/index.ts';
import { readNpy } from '../../core/data/numpy/npy.ts';
import type { ReadOptions } from '../../core/data/reader.ts';
import { madeFile, npy, textFile } from '../fixtures/data-files.ts';
import expected from '../fixtures/data-sets/arrays.json' with { type: 'json' };

const withShape = (shape: readonly number[]): ReadOptions => ({ shape, label: null });
const counted = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i % 256);
const pictures = (name: string, ...shape: number[]): NamedFile => npy(name, '|u1', shape, counted(shape.reduce((product, size) => product * size, 1)));
const classes = (name: string, ...labels: number[]): NamedFile => npy(name, '|u1', [labels.length], Uint8Array.from(labels));
const archive = (...files: readonly NamedFile[]): NamedFile => ({ name: 'some.npz', bytes: zipSync(Object.fromEntries(files.map(({ name, bytes }) => [name, bytes]))) });

async function refusal(files: readonly NamedFile[], options?: ReadOptions): Promise<string> {
  return readDataSet(files, options).then(() => 'accepted', describeError);
}

describe('NumPy arrays', () => {
  const entries = readZip(madeFile('arrays.npz').bytes, 'arrays.npz');

  it.each(Object.entries(expected))('of the type %s have the numbers that NumPy reads', (name, { shape, values }) => {
    const array = readNpy(entries[`${name}.npy`], name, name);
    expect(array.shape).toEqual(shape);
    expect(array.texts ?? [...array.values]).toEqual(values);
  });

  it('of bytes stay bytes, and wider ones become bytes where they fit', () => {
    const kind = (name: keyof typeof expected): string => readNpy(entries[`${name}.npy`], name, name).values.constructor.name;
    expect([kind('u1'), kind('i1'), kind('big_u2'), kind('little_i8'), kind('little_f2')]).toEqual(['Uint8Array', 'Int8Array', 'Uint8Array', 'Float32Array', 'Float32Array']);
  });

  it('in one archive are a data set by their names', async () => {
    const data = await readDataSet([archive(pictures('x_train.npy', 3, 4, 2), classes('y_train.npy', 0, 2, 1), pictures('x_test.npy', 2, 4, 2), classes('y_test.npy', 1, 1))]);
    expect(data).toMatchObject({ name: 'some', format: 'numpy', shape: [4, 2, 1], classes: ['0', '1', '2'], notes: [], train: { count: 3 }, test: { count: 2 } });
    expect([...(data.test.labels ?? [])]).toEqual([1, 1]);
    expect([...data.test.images]).toEqual([...counted(16)]);
  });

  it('in two files are a data set by their shapes', async () => {
    const data = await readDataSet([classes('some/second.npy', 1, 0), pictures('some/first.npy', 2, 5)]);
    expect(data).toMatchObject({ name: 'some', shape: [5], train: null, test: { count: 2 } });
    expect([...(data.test.labels ?? [])]).toEqual([1, 0]);
  });

  it('with channels first become images with channels last, where the network says so or the sizes do', async () => {
    const files = [pictures('images.npy', 1, 3, 5, 6)];
    const channelsLast = [0, 30, 60, 1, 31, 61];
    for (const options of [withShape([5, 6, 3]), undefined]) {
      const data = await readDataSet(files, options);
      expect(data.shape).toEqual([5, 6, 3]);
      expect([...data.test.images].slice(0, 6)).toEqual(channelsLast);
    }
    expect((await readDataSet(files, withShape([3, 5, 6]))).shape).toEqual([3, 5, 6]);
  });

  it('may have labels one-hot, as names or in a column', async () => {
    const images = pictures('images.npy', 3, 4);
    const labels = async (file: NamedFile) => {
      const { test, classes: names } = await readDataSet([images, file]);
      return { labels: [...(test.labels ?? [])], names };
    };
    expect(await labels(npy('labels.npy', '|u1', [3, 2], Uint8Array.of(0, 1, 1, 0, 0, 1)))).toEqual({ labels: [1, 0, 1], names: ['0', '1'] });
    expect(await labels(npy('labels.npy', '|S3', [3], new TextEncoder().encode('dogcatdog')))).toEqual({ labels: [1, 0, 1], names: ['cat', 'dog'] });
    expect(await labels(npy('labels.npy', '|u1', [3, 1], Uint8Array.of(2, 0, 1)))).toEqual({ labels: [2, 0, 1], names: ['0', '1', '2'] });
  });

  it.each<[string, readonly NamedFile[], string]>([
    ['too little data', [npy('x.npy', '<f4', [2, 3], counted(20))], 'x.npy has 20 bytes of data where its shape 2×3 of "<f4" needs 24. (x.npy, byte 128)'],
    ['an absurd shape', [npy('x.npy', '|u1', [4294967295, 4294967295], counted(4))], 'x.npy has the shape 4294967295×4294967295.'],
    ['complex numbers', [npy('x.npy', '<c8', [1], counted(8))], 'x.npy has elements of the type "<c8"; numbers and texts are read.'],
    ['a number that is none', [npy('x.npy', '<f4', [1, 1], Uint8Array.of(0, 0, 0xc0, 0x7f))], 'x.npy holds NaN at element 1.'],
    ['labels of a measurement', [pictures('images.npy', 1, 4), npy('y.npy', '<f4', [1], Uint8Array.of(0, 0, 0, 0x3f))], 'The label 0.5 is no class'],
    ['labels for other samples', [pictures('images.npy', 2, 4), classes('labels.npy', 1)], '"labels" has 1 labels for the 2 samples of "images".'],
    ['labels alone', [classes('labels.npy', 1)], '"labels" are labels without images.'],
    ['two arrays of images', [archive(pictures('a.npy', 2, 4), pictures('b.npy', 2, 4))], '"a" and "b" are both images of the train samples.'],
    ['rows that are not one-hot', [pictures('images.npy', 1, 4), npy('labels.npy', '|u1', [1, 3], Uint8Array.of(1, 1, 0))], 'Row 1 of "labels" is not one-hot'],
  ])('with %s are refused', async (_, files, sentence) => expect(await refusal(files)).toContain(sentence));
});

describe('tables', () => {
  const rows = (count: number, row: (i: number) => string): string => Array.from({ length: count }, (_, i) => row(i)).join('\n');

  it('with a header have the class where it is named, by number or by name', async () => {
    const data = await readDataSet([textFile('test.csv', 'width,Class,height\r\n1.5,0,2\r\n3,2,"4"\r\n')]);
    expect(data).toMatchObject({ name: 'test', format: 'csv', shape: [2], classes: ['0', '1', '2'], notes: [], test: { count: 2 } });
    expect([...data.test.images]).toEqual([1.5, 2, 3, 4]);
    const flowers = await readDataSet([textFile('test.tsv', 'petal\tspecies\n1\t"iris, ""blue"""\n2\taster\n')]);
    expect(flowers.classes).toEqual(['aster', 'iris, "blue"']);
    expect([...(flowers.test.labels ?? [])]).toEqual([1, 0]);
  });

  it('without a header have the class first or last, where the values are like classes, and say so', async () => {
    const last = await readDataSet([textFile('test.csv', rows(6, (i) => `0,${i * 40},${i % 3}`))]);
    expect([last.notes, [...(last.test.labels ?? [])]]).toEqual([['The column 3 is taken as the class.'], [0, 1, 2, 0, 1, 2]]);
    const first = await readDataSet([textFile('test.csv', rows(6, (i) => `${i % 2},${i * 40},0`))]);
    expect([...(first.test.labels ?? [])]).toEqual([0, 1, 0, 1, 0, 1]);
    const text = await readDataSet([textFile('test.csv', '5.1;setosa;3\n4;virginica;2.5')]);
    expect([text.classes, text.shape]).toEqual([['setosa', 'virginica'], [2]]);
  });

  it('of bytes are pictures where the network takes such, and of a square where none is known', async () => {
    const table = textFile('mnist_test.csv', rows(3, (i) => [i, ...counted(784)].join(',')));
    for (const options of [withShape([28, 28, 1]), undefined]) {
      const data = await readDataSet([table], options);
      expect(data.shape).toEqual([28, 28, 1]);
      expect(data.test.images).toBeInstanceOf(Uint8Array);
    }
    expect((await readDataSet([table], withShape([784]))).shape).toEqual([784]);
  });

  it('without halves are divided alike in every class by a fixed seed', async () => {
    const text = rows(50, (i) => `${i}.5,${i % 5 === 0 ? 'rare' : 'usual'}`);
    const data = await readDataSet([{ name: 'all.csv.gz', bytes: gzipSync(new TextEncoder().encode(text), { mtime: 0 }) }]);
    const share = (labels: Int32Array | null | undefined): number[] => [0, 1].map((label) => [...(labels ?? [])].filter((value) => value === label).length);
    expect([share(data.train?.labels), share(data.test.labels)]).toEqual([[8, 32], [2, 8]]);
    expect([...(data.train?.images ?? []), ...data.test.images].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 0.5));
    expect(data.notes.join()).toContain('10 of 50 samples, drawn by seed 1');
  });

  it('take the column that was asked for, by its name or number', async () => {
    const table = textFile('test.csv', 'a,b,label\n1,0,5\n2,1,6');
    for (const label of ['b', '2']) expect([...((await readDataSet([table], { shape: null, label })).test.labels ?? [])]).toEqual([0, 1]);
    expect(await refusal([table], { shape: null, label: 'c' })).toContain('test.csv has no column "c". (test.csv, line 1) Name one of its 3 columns by its number or its name: a, b, label.');
  });

  it.each<[string, string, string]>([
    ['a text among numbers', 'a,label\n1,0\nmany,1', 'Line 3 of test.csv has "many" in the column "a", where a number is expected. (test.csv, line 3, column 1)'],
    ['nothing in a cell', 'a,label\n1,0\n,1', 'Line 3 of test.csv has nothing in the column "a"'],
    ['a line that is too short', 'a,b,label\n\n1,2,0\n1,0', 'Line 4 of test.csv has 2 columns where the lines before have 3.'],
    ['quotes that are never closed', 'a,label\n1,"0\n2,1', 'The quotes of a cell of test.csv are never closed. (test.csv, line 2, column 2)'],
    ['a measurement to predict', 'a,target\n1,0.5\n2,1', 'The column target holds 0.5, a measurement and not a class'],
    ['a header alone', 'a,label\n', 'test.csv has no lines with samples.'],
    ['a number beyond float32', 'a,label\n1e39,0\n', 'test.csv holds 1e+39, which no float32 can hold. (test.csv, line 2, column 1)'],
  ])('with %s are refused', async (_, text, sentence) => expect(await refusal([textFile('test.csv', text)])).toContain(sentence));
});
