import { StudioError } from '../../core/base/errors.ts';
import { createRandom } from '../../core/base/random.ts';
import { elementCount, type Model } from '../../core/graph/graph.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import type { NetworkState } from '../../core/jobs/contract.ts';
import { CALIBRATION_SAMPLES, type Calibration } from '../../core/quant/calibration.ts';
import { runJob } from '../host/jobs.ts';
import { activityStore, putCalibrationHash } from '../state/activity.ts';
import { blobs } from '../state/blobs.ts';
import type { ActiveNetwork } from '../state/select/network.ts';

const NOISE_SAMPLES = 16;
const NOISE_SEED = 1;

/** In flight by network key, so that edits made meanwhile wait for the same pass. */
const pending = new Map<string, Promise<Calibration>>();

export function modelOf(network: ActiveNetwork): Model {
  const model = blobs.model(network.identity.weightsHash);
  if (!model) throw new StudioError('The weights of this variant are not in memory.', { where: network.variant.name, next: 'Open the model again.' });
  return model;
}

export function dataOf(network: ActiveNetwork): DataSet | null {
  return network.project.data ? (blobs.data(network.project.data.hash) ?? null) : null;
}

/** Its pictures are not in memory, and without them nothing is known that a measurement could stand on. */
export function lacksData(network: ActiveNetwork): boolean {
  return network.project.data !== null && dataOf(network) === null && knownCalibration(network) === null;
}

/** Graph, weights, plan and ranges of the variant; measures the ranges when nothing has yet. */
export async function networkState(network: ActiveNetwork): Promise<NetworkState> {
  return { model: modelOf(network), plan: network.plan, calibration: await calibrationOf(network) };
}

export function knownCalibration(network: ActiveNetwork): Calibration | null {
  const hash = network.identity.calibrationHash ?? activityStore.getState().calibrationHashes[network.networkKey];
  return hash === undefined ? null : (blobs.calibration(hash) ?? null);
}

async function calibrationOf(network: ActiveNetwork): Promise<Calibration> {
  const known = knownCalibration(network);
  if (known) return known;
  const running = pending.get(network.networkKey);
  if (running) return running;
  const measured = measureRanges(network).finally(() => pending.delete(network.networkKey));
  pending.set(network.networkKey, measured);
  return measured;
}

async function measureRanges(network: ActiveNetwork): Promise<Calibration> {
  const model = modelOf(network);
  const data = dataOf(network);
  // Ranges of noise would pass for those of the pictures once these are here.
  if (lacksData(network)) throw new StudioError(`${network.project.data?.name} is not open, so nothing new can be measured.`, { next: 'Open the files of the data set again.' });
  const calibration = await runJob(
    'calibrate',
    {
      model,
      data: data ?? noiseFor(model),
      preprocess: network.project.data?.preprocess ?? 'raw',
      samples: data ? CALIBRATION_SAMPLES : NOISE_SAMPLES,
      // Of the file's own weights: training changes what lies between the layers.
      grids: network.variant.trained ? undefined : network.project.source.grids,
    },
    { title: data ? 'Measuring activation ranges' : 'Preparing the timing run', priority: 1 },
  );
  blobs.putCalibration(calibration);
  putCalibrationHash(network.networkKey, calibration.hash);
  return calibration;
}

/** Uniform noise in the shape of the input: enough to time a network, never shown as accuracy. */
function noiseFor(model: Model): DataSet {
  const shape = model.graph.inputs[0].shape.slice(1);
  const random = createRandom(NOISE_SEED);
  const images = Float32Array.from({ length: NOISE_SAMPLES * elementCount(shape) }, () => random.uniform());
  const test = { count: NOISE_SAMPLES, images, labels: null };
  return { name: 'noise', format: 'noise', shape, classes: [], train: null, test, hash: `noise/${shape.join('x')}`, notes: [] };
}
