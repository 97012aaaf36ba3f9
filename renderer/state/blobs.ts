import type { Model } from '../../core/graph/graph.ts';
import type { DataSet, Samples } from '../../core/data/data-set.ts';
import type { Calibration } from '../../core/quant/calibration.ts';

/**
 * The heavy things, by content hash, outside every store: models (graph and weights), data sets and calibrations.
 * Entries are immutable; a hash that is present always means the same content. Where the page may have shared memory
 * (it is isolated), weights and pixels live there, so that handing them to a worker copies nothing.
 */
const models = new Map<string, Model>();
const dataSets = new Map<string, DataSet>();
const calibrations = new Map<string, Calibration>();
/** All of the above. */
const held = new Set<object>();
/** The newest one of the run of each variant, by the variant's id: unlike the rest, it is replaced. */
const checkpoints = new Map<string, Uint8Array>();

export const blobs = {
  putModel(hash: string, model: Model): void {
    const weights = new Map([...model.weights].map(([id, values]) => [id, canShare(values) ? (share(values) as Float32Array) : values]));
    const kept: Model = { graph: model.graph, weights };
    models.set(hash, kept);
    held.add(kept);
  },
  model(hash: string): Model | undefined {
    return models.get(hash);
  },
  putData(data: DataSet): DataSet {
    const shared: DataSet = {
      ...data,
      train: data.train && shareSamples(data.train),
      test: shareSamples(data.test),
    };
    dataSets.set(data.hash, shared);
    held.add(shared);
    return shared;
  },
  data(hash: string): DataSet | undefined {
    return dataSets.get(hash);
  },
  putCalibration(calibration: Calibration): void {
    const { images } = calibration;
    const kept: Calibration = canShare(images) ? { ...calibration, images: share(images) as Float32Array } : calibration;
    calibrations.set(calibration.hash, kept);
    held.add(kept);
  },
  calibration(hash: string): Calibration | undefined {
    return calibrations.get(hash);
  },
  putCheckpoint(variant: string, bytes: Uint8Array): void {
    checkpoints.set(variant, bytes);
  },
  checkpoint(variant: string): Uint8Array | undefined {
    return checkpoints.get(variant);
  },
  dropCheckpoint(variant: string): void {
    checkpoints.delete(variant);
  },
  clear(): void {
    checkpoints.clear();
    models.clear();
    dataSets.clear();
    calibrations.clear();
    held.clear();
  },
  /** A worker may keep it between calls: it is one of these and, in shared memory, takes no room twice. */
  isShared(value: object): boolean {
    return typeof SharedArrayBuffer !== 'undefined' && held.has(value);
  },
};

function shareSamples(samples: Samples): Samples {
  return canShare(samples.images) ? { ...samples, images: share(samples.images) } : samples;
}

/** Only an isolated page has shared memory; what is shared already stays where it is. */
function canShare(images: Samples['images']): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && !(images.buffer instanceof SharedArrayBuffer);
}

function share(images: Samples['images']): Samples['images'] {
  const buffer = new SharedArrayBuffer(images.byteLength);
  new Uint8Array(buffer).set(new Uint8Array(images.buffer, images.byteOffset, images.byteLength));
  if (images instanceof Uint8Array) return new Uint8Array(buffer);
  if (images instanceof Int8Array) return new Int8Array(buffer);
  return new Float32Array(buffer);
}
