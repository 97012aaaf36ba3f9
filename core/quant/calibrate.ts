import { createBreather } from '../base/breathe.ts';
import { sha256 } from '../base/hash.ts';
import { elementCount, type Model } from '../graph/graph.ts';
import { StreamingHistogram } from '../tensor/histogram.ts';
import { measuredImages, type Calibration, type Grid, type LighterCalibration, type LayerStatistics, type StatedGrids, type ValueStatistics } from './calibration.ts';
import { OBSERVERS, twoLevelFit, type ObserverId } from './observers.ts';

const TENSOR_BINS = 4096;
const CHANNEL_BINS = 512;
const DRAWN_BINS = 128;
/** Samples kept for re-estimation, and the most memory they may take. */
const KEPT_SAMPLES = 96;
const KEPT_BYTES = 32e6;

/** Running mean and variance per channel (Welford's update over pixels, in double). */
export class ChannelMoments {
  private readonly sum: Float64Array;
  private readonly squares: Float64Array;
  private count = 0;

  constructor(channels: number) {
    this.sum = new Float64Array(channels);
    this.squares = new Float64Array(channels);
  }

  /** Of values times a scale. */
  add(values: Float32Array, scale = 1): void {
    const { sum, squares } = this;
    const channels = sum.length;
    for (let pixel = 0; pixel < values.length; pixel += channels) {
      for (let c = 0; c < channels; c++) {
        const value = Math.fround(values[pixel + c] * scale);
        sum[c] += value;
        squares[c] += value * value;
      }
    }
    this.count += values.length / channels;
  }

  finish(): LayerStatistics {
    const mean = this.sum.map((sum) => sum / Math.max(this.count, 1));
    return {
      mean: Float32Array.from(mean),
      variance: Float32Array.from(this.squares, (square, c) => Math.max(square / Math.max(this.count, 1) - mean[c] * mean[c], 0)),
    };
  }
}

/** Moments by layer. */
class LayerMoments {
  private readonly moments = new Map<string, ChannelMoments>();

  add(layer: string, values: Float32Array, channels: number): void {
    const known = this.moments.get(layer) ?? new ChannelMoments(channels);
    known.add(values);
    this.moments.set(layer, known);
  }

  finish(): Calibration['layers'] {
    return Object.fromEntries([...this.moments].map(([layer, moment]) => [layer, moment.finish()]));
  }
}

/** Observes one value over many samples. */
export class ValueObserver {
  private readonly tensor = new StreamingHistogram(TENSOR_BINS);
  private readonly channels: readonly StreamingHistogram[];

  /** `period` channels, repeating along the value. */
  constructor(period: number) {
    this.channels = Array.from({ length: period }, () => new StreamingHistogram(CHANNEL_BINS));
  }

  add(values: Float32Array): void {
    this.tensor.addStrided(values, 0, 1);
    const { channels } = this;
    for (let c = 0; c < channels.length; c++) channels[c].addStrided(values, c, channels.length);
  }

  finish(observer: ObserverId): ValueStatistics {
    const { minimum, maximum } = this.tensor;
    const fits = this.channels.map(twoLevelFit);
    return {
      minimum,
      maximum,
      grid: OBSERVERS[observer](this.tensor),
      histogram: { low: minimum, high: maximum, counts: this.tensor.resample(minimum, maximum, DRAWN_BINS) },
      twoLevel: {
        centre: Float32Array.from(fits, (fit) => fit.centre),
        halfStep: Float32Array.from(fits, (fit) => fit.halfStep),
      },
    };
  }
}

/** A float network that can be watched; made by the runtime, so that this folder stays below it. */
export interface Watched {
  run(input: Float32Array): void;
  /** Every stored value: id, channel period, and a view of its last result. */
  readonly values: readonly { readonly id: string; readonly period: number; view(): Float32Array }[];
  /** Called by the runtime for each layer. */
  onLayer(listener: (layer: string, values: Float32Array, channels: number) => void): void;
}

/**
 * The calibration with only the first of its kept images, for work that re-estimates many times: its statistics are of these. Codes
 * are still chosen by all of them, once a layer.
 */
export function withFewerImages(calibration: Calibration, watched: Watched, sampleSize: number, count: number): LighterCalibration {
  const images = calibration.images.subarray(0, count * sampleSize);
  const matched = new LayerMoments();
  watched.onLayer((layer, values, channels) => matched.add(layer, values, channels));
  for (let i = 0; i < measuredImages(images.length / sampleSize); i++) watched.run(images.subarray(i * sampleSize, (i + 1) * sampleSize));
  return { ...calibration, images, codeImages: calibration.images, matched: matched.finish() };
}

export interface CalibrateOptions {
  /** Taken in place of what the observer would choose. */
  readonly grids?: StatedGrids;
  readonly observer: ObserverId;
  readonly signal?: AbortSignal;
  readonly report?: (done: number) => void;
}

const withGrid = (statistics: ValueStatistics, grid: Grid | undefined): ValueStatistics => (grid ? { ...statistics, grid } : statistics);

/** Streams `count` samples (end to end in `samples`, each already preprocessed) through the float network. */
export async function calibrate(
  model: Model,
  watched: Watched,
  samples: (index: number) => Float32Array,
  count: number,
  options: CalibrateOptions,
): Promise<Calibration> {
  const observers = watched.values.map((value) => new ValueObserver(value.period));
  const [all, matched] = [new LayerMoments(), new LayerMoments()];
  let index = 0;
  const size = elementCount(model.graph.inputs[0].shape);
  const kept = Math.min(count, KEPT_SAMPLES, Math.max(1, Math.floor(KEPT_BYTES / (4 * size))));
  const images = new Float32Array(kept * size);
  const measured = measuredImages(kept);
  watched.onLayer((layer, values, channels) => {
    all.add(layer, values, channels);
    if (index < measured) matched.add(layer, values, channels);
  });
  const breathe = createBreather(options.signal);
  for (; index < count; index++) {
    const sample = samples(index);
    if (index < kept) images.set(sample, index * size);
    watched.run(sample);
    watched.values.forEach((value, v) => observers[v].add(value.view()));
    options.report?.(index + 1);
    await breathe();
  }
  const values = Object.fromEntries(watched.values.map((value, v) => [value.id, withGrid(observers[v].finish(options.observer), options.grids?.[value.id])]));
  // Files from before there were matched statistics deploy otherwise: they keep hashes of their own.
  const summary = JSON.stringify(['matched', model.graph.name, count, Object.entries(values).map(([id, v]) => [id, v.minimum, v.maximum, v.grid])]);
  return { samples: count, values, layers: all.finish(), matched: matched.finish(), images, hash: sha256(summary) };
}
