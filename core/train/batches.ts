import { StudioError } from '../base/errors.ts';
import { createRandom } from '../base/random.ts';
import type { DataSet, PreprocessId, Samples } from '../data/data-set.ts';
import { fillBatch, sampleSize, samplesOf } from '../data/preprocess.ts';
import type { Recipe } from './recipe.ts';

const MOST_VALIDATION_SAMPLES = 1000;
/** Largest shift of the crop augmentation, in pixels. */
const CROP = 4;

export interface Split {
  readonly train: Int32Array;
  /** Indices into the training samples as well: the test set takes no part. */
  readonly validation: Int32Array;
}

/** Labels of separate streams, so that none depends on how much another used. */
const STREAM = { split: 1, order: 2, augment: 3 } as const;

const streamOf = (seed: number, stream: number, position: number): ReturnType<typeof createRandom> =>
  createRandom((Math.imul(seed ^ Math.imul(stream, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(position + 1, 0xc2b2ae35)) >>> 0);

function shuffled(count: number, seed: number, stream: number, position: number): Int32Array {
  return streamOf(seed, stream, position).shuffle(Int32Array.from({ length: count }, (_, i) => i));
}

export function splitOf(data: DataSet, recipe: Recipe, seed: number): Split {
  const { count } = samplesOf(data, 'train');
  const order = shuffled(count, seed, STREAM.split, 0);
  const used = recipe.trainSamples > 0 ? Math.min(recipe.trainSamples, count) : count;
  const held = Math.min(Math.round(used * recipe.validationShare), MOST_VALIDATION_SAMPLES);
  const train = order.slice(held, used);
  if (train.length === 0) throw new StudioError(`${data.name} has ${count} training samples: too few to train with.`, { where: data.name, next: 'Open more images, or hold out fewer.' });
  return { train, validation: order.slice(0, held) };
}

export interface Batch {
  /** Indices into the training samples. */
  readonly indices: Int32Array;
  /** Until the next batch is made: they lie in one buffer that is used again. */
  readonly images: Float32Array;
  readonly labels: Int32Array | null;
}

/** Makes batches. What a step sees depends on seed and step alone, so that a resumed run continues exactly. */
export class Batches {
  readonly stepsPerEpoch: number;
  private readonly data: DataSet;
  private readonly preprocess: PreprocessId;
  private readonly train: Int32Array;
  private readonly recipe: Recipe;
  private readonly seed: number;
  private readonly size: number;
  private order: Int32Array = new Int32Array(0);
  private orderOfEpoch = -1;
  private buffer = new Float32Array(0);
  private unshifted = new Float32Array(0);

  constructor(data: DataSet, preprocess: PreprocessId, train: Int32Array, recipe: Recipe, seed: number) {
    this.data = data;
    this.preprocess = preprocess;
    this.train = train;
    this.recipe = recipe;
    this.seed = seed;
    this.size = Math.min(recipe.batch, train.length);
    this.stepsPerEpoch = Math.floor(train.length / this.size);
  }

  at(step: number): Batch {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.orderOfEpoch) {
      this.order = shuffled(this.train.length, this.seed, STREAM.order, epoch);
      this.orderOfEpoch = epoch;
    }
    const from = (step % this.stepsPerEpoch) * this.size;
    const indices = Int32Array.from(this.order.subarray(from, from + this.size), (i) => this.train[i]);
    const batch = this.take(indices);
    if (this.recipe.augment === 'crop-flip') this.shiftAndMirror(batch.images, step);
    return batch;
  }

  /** These samples, not augmented. */
  take(indices: Int32Array): Batch {
    const count = indices.length * sampleSize(this.data);
    if (this.buffer.length < count) this.buffer = new Float32Array(count);
    const images = this.buffer.subarray(0, count);
    fillBatch(images, this.data, 'train', indices, this.preprocess);
    const { labels } = samplesOf(this.data, 'train');
    return { indices, images, labels: labels && indices.map((i) => labels[i]) };
  }

  /** Every image moved by up to 4 pixels, the border repeated, and mirrored half of the time. */
  private shiftAndMirror(images: Float32Array, step: number): void {
    const { shape } = this.data;
    if (shape.length !== 3) return;
    const [height, width, channels] = shape;
    const random = streamOf(this.seed, STREAM.augment, step);
    const size = height * width * channels;
    if (this.unshifted.length !== size) this.unshifted = new Float32Array(size);
    const source = this.unshifted;
    const columns = new Int32Array(width);
    for (let at = 0; at < images.length; at += size) {
      const down = random.integer(-CROP, CROP + 1);
      const right = random.integer(-CROP, CROP + 1);
      const mirrored = random.chance(0.5);
      source.set(images.subarray(at, at + size));
      for (let x = 0; x < width; x++) {
        const column = Math.min(Math.max(x + right, 0), width - 1);
        columns[x] = (mirrored ? width - 1 - column : column) * channels;
      }
      for (let y = 0, to = at; y < height; y++) {
        const row = Math.min(Math.max(y + down, 0), height - 1) * width * channels;
        for (let x = 0; x < width; x++) {
          const from = row + columns[x];
          for (let c = 0; c < channels; c++) images[to++] = source[from + c];
        }
      }
    }
  }
}

/** The held-out samples as a set of their own. */
export function samplesAt(data: DataSet, indices: Int32Array): Samples {
  const { images, labels } = samplesOf(data, 'train');
  const size = sampleSize(data);
  const Numbers = images.constructor as { new (length: number): typeof images };
  const taken = new Numbers(indices.length * size);
  indices.forEach((index, i) => taken.set(images.subarray(index * size, (index + 1) * size), i * size));
  return { count: indices.length, images: taken, labels: labels && indices.map((i) => labels[i]) };
}
