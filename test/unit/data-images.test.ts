import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../core/base/errors.ts';
import type { DataSet, NamedFile } from '../../core/data/data-set.ts';
import { readDataSet } from '../../core/data/index.ts';
import { madeFile, npy, textFile } from '../fixtures/data-files.ts';
import pillow from '../fixtures/data-sets/pillow.json' with { type: 'json' };

const read = (files: readonly NamedFile[], ...shape: number[]): Promise<DataSet> => readDataSet(files, { shape: shape.length > 0 ? shape : null, label: null });
const grey = (name: string, width: number, height: number, level: number): NamedFile => ({ name, bytes: encode({ width, height, channels: 1, data: new Uint8Array(width * height).fill(level) }) });
const refusal = (files: readonly NamedFile[], ...shape: number[]): Promise<string> => read(files, ...shape).then(() => 'accepted', describeError);
const changed = ({ name, bytes }: NamedFile, change: (bytes: Uint8Array, view: DataView) => void): NamedFile => {
  const copy = bytes.slice();
  change(copy, new DataView(copy.buffer));
  return { name, bytes: copy };
};

describe('images', () => {
  it.each(Object.entries(pillow).filter(([name]) => name.includes('.png')))('%s are resized to the bytes of Pillow', async (key, expected) => {
    const [file, mode] = key.split(' ');
    const { test } = await read([madeFile(file)], 8, 8, mode === 'L' ? 1 : 3);
    expect([...test.images]).toEqual(expected);
  });

  it.each(Object.entries(pillow).filter(([name]) => name.includes('.jpg')))('%s are decoded as by libjpeg, within three levels', async (key, expected) => {
    const { test } = await read([madeFile(key.split(' ')[0])], 16, 16, 3);
    const differences = [...test.images].map((value, i) => Math.abs(value - expected[i]));
    expect(Math.max(...differences)).toBeLessThanOrEqual(3);
    expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThan(0.6);
  });

  it('interlaced with less than a byte a pixel are refused for that, not called damaged', async () => {
    const few = changed(madeFile('small.png'), (bytes) => {
      bytes[24] = 4;
      bytes[25] = 0;
      bytes[28] = 1;
    });
    expect(await refusal([few], 8, 8, 1)).toMatch(/interlaced with 4 bits a pixel.*byte 28/s);
  });

  it('of another shape are cut around the middle, which is said', async () => {
    const wide = encode({ width: 6, height: 2, channels: 1, data: Uint8Array.from({ length: 12 }, (_, i) => i % 6) });
    const data = await read([{ name: 'wide.png', bytes: wide }], 2, 2, 1);
    expect([...data.test.images]).toEqual([2, 3, 2, 3]);
    expect(data.notes).toContain('1 of 1 images were resized to 2×2 (bilinear), 1 of them after cutting them to that shape around the middle.');
  });
});

describe('folders of images', () => {
  const folders = [grey('pets/test/cat/1.png', 4, 4, 1), grey('pets/test/dog/1.png', 4, 4, 2), grey('pets/train/dog/1.png', 4, 4, 3), grey('pets/train/cat/2.png', 4, 4, 4)];

  it('are the classes, and those named train and test the halves', async () => {
    const data = await read(folders);
    expect(data).toMatchObject({ name: 'pets', format: 'images', shape: [4, 4, 1], classes: ['cat', 'dog'], notes: [], train: { count: 2 }, test: { count: 2 } });
    expect([...(data.train?.labels ?? []), ...(data.test.labels ?? [])]).toEqual([0, 1, 0, 1]);
    expect([data.train?.images[0], data.test.images[16]]).toEqual([4, 2]);
  });

  it('are the same data set under another name and in another order', async () => {
    const { hash } = await read(folders);
    expect((await read(folders.toReversed().map(({ name, bytes }) => ({ name: name.replace('pets/', ''), bytes })))).hash).toBe(hash);
    expect((await read([...folders.slice(1), grey('pets/test/cat/1.png', 4, 4, 9)])).hash).not.toBe(hash);
    expect((await read(folders, 2, 2, 1)).hash).not.toBe(hash);
  });

  it('without halves are divided in every class alike', async () => {
    const data = await read(Array.from({ length: 20 }, (_, i) => grey(`pets/${i < 10 ? 'cat' : 'dog'}/${i}.png`, 2, 2, i)));
    expect([data.train?.count, data.test.count, [...(data.test.labels ?? [])].sort()]).toEqual([16, 4, [0, 0, 1, 1]]);
  });

  it('with a table about them are still the data set, as are arrays with a picture beside them', async () => {
    expect((await read([textFile('labels.csv', 'file,label\n1.png,0\n'), ...folders])).format).toBe('images');
    expect((await read([npy('x.npy', '|u1', [100, 30], new Uint8Array(3000)), grey('plot.png', 4, 4, 0)])).format).toBe('numpy');
  });

  it('that are none are images without labels', async () => {
    const data = await read([grey('some/1.png', 2, 2, 1), grey('some/2.png', 2, 2, 2)]);
    expect([data.test.labels, data.test.count, data.classes]).toEqual([null, 2, []]);
  });

  const bomb = (name: string): NamedFile =>
    changed(grey(name, 4096, 4096, 0), (_, view) => {
      view.setUint32(16, 8);
      view.setUint32(20, 8);
    });
  it.each<[string, readonly NamedFile[], readonly number[], string]>([
    ['no image', [textFile('a/1.png', 'hello')], [], 'a/1.png is neither PNG nor JPEG.'],
    ['a cut', [{ name: '1.png', bytes: madeFile('colour.png').bytes.slice(0, 500) }], [], '1.png is cut off'],
    ['a JPEG that is cut', [{ name: '1.jpg', bytes: madeFile('photo.jpg').bytes.slice(0, 300) }], [], '1.jpg cannot be read'],
    ['an absurd size', [changed(madeFile('colour.png'), (_, view) => view.setUint32(16, 2 ** 31))], [], 'colour.png says it has 2147483648×21 pixels'],
    ['more pixels than its size says', [bomb('1.png')], [], '1.png holds more pixels than its size says.'],
    ['one that lies beside the folders', [...folders, grey('1.png', 4, 4, 0)], [], '1.png lies in no folder of a class.'],
    ['a network of twelve channels', folders, [4, 4, 12], 'The network takes 4×4×12, which no image of one or three channels is.'],
  ])('with %s are refused', async (_, files, shape, sentence) => expect(await refusal(files, ...shape)).toContain(sentence));
});
