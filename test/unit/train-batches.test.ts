import { beforeAll, describe, expect, it } from 'vitest';
import { Batches, splitOf } from '../../core/train/batches.ts';
import { Teacher } from '../../core/train/teacher.ts';
import { startForTest } from './train-setup.ts';
import { BASE, DATA, request } from './train-stripes.ts';

beforeAll(startForTest);

const TEACHER = request({}).model;
const batchesOf = (augment: 'none' | 'crop-flip'): Batches => new Batches(DATA, 'raw', splitOf(DATA, BASE, 7).train, { ...BASE, augment }, 7);

describe('Batches', () => {
  it.each(['none', 'crop-flip'] as const)('of a step are the same whatever was made before (augmentation: %s)', (augment) => {
    const wanted = batchesOf(augment).at(13).images.slice();
    const batches = batchesOf(augment);
    for (const step of [0, 20, 13]) batches.at(step);
    batches.take(Int32Array.of(1, 2, 3));
    expect(batches.at(13).images).toEqual(wanted);
  });

  it('lie in one buffer: a step allocates no images', () => {
    const batches = batchesOf('crop-flip');
    expect(batches.at(1).images.buffer).toBe(batches.at(0).images.buffer);
  });
});

describe('The teacher', () => {
  it('answers each image once: what it knows is not computed again, and it says the same', () => {
    const teacher = new Teacher(TEACHER, DATA.test.count);
    const plain = new Teacher(TEACHER, null);
    const batches = batchesOf('none');
    const first = Int32Array.of(3, 1, 4);
    const mixed = Int32Array.of(1, 5, 9, 3);
    teacher.answer(batches.take(first));
    const answers = teacher.answer(batches.take(mixed));
    expect([...answers]).toEqual([...plain.answer(batches.take(mixed))]);
    // Known images are not looked at.
    expect([...teacher.answer({ ...batches.take(mixed), images: new Float32Array(4 * 192).fill(Number.NaN) })]).toEqual([...answers]);
    teacher.dispose();
    plain.dispose();
  });
});
