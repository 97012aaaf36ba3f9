import { createRandom } from '../../core/base/random.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import { isLayer } from '../../core/graph/graph.ts';
import { initialValues } from '../../core/quant/fields.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import type { Calibration } from '../../core/quant/calibration.ts';
import { NO_CALIBRATION, watchFloat } from '../../core/runtime/watch.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { trainNetwork, type TrainedNetwork } from '../../core/train/loop.ts';
import { RECIPE_FIELDS, recipeOf, type Recipe } from '../../core/train/recipe.ts';
import type { TrainingRequest } from '../../core/train/run-parts.ts';
import { LAW_NETWORKS } from '../conformance/train-networks.ts';

/** Five kinds of stripes in noise, 8×8×3: easy, but not for an untrained network. */
function stripes(count: number, seed: number): DataSet {
  const random = createRandom(seed);
  const images = new Float32Array(count * 192);
  const labels = Int32Array.from({ length: count }, () => random.integer(0, 5));
  labels.forEach((label, n) => {
    for (let i = 0; i < 192; i++) {
      const y = Math.floor(i / 24);
      const x = Math.floor(i / 3) % 8;
      const wave = [x, y, x + y, x - y, 2 * x][label];
      images[n * 192 + i] = Math.sin(wave * 1.3) + random.normal(0, 0.6);
    }
  });
  const samples = { count, images, labels };
  return { name: 'stripes', format: 'test', shape: [8, 8, 3], classes: ['0', '1', '2', '3', '4'], train: samples, test: samples, hash: `stripes ${count} ${seed}`, notes: [] };
}

export const DATA = stripes(480, 61);
const TEACHER = LAW_NETWORKS.plain(62);
export const BASE: Recipe = { ...recipeOf(initialValues(RECIPE_FIELDS)), epochs: 3, batch: 40, warmUpSteps: 3, validationShare: 0.25 };

export const request = (changes: Partial<TrainingRequest>): TrainingRequest => ({
  model: TEACHER,
  plan: {},
  calibration: NO_CALIBRATION,
  teacher: null,
  data: DATA,
  preprocess: 'raw',
  recipe: BASE,
  seed: 7,
  ...changes,
});

/** The first and the last layer in int8, all between them in one scheme. */
export function planOf(scheme: SchemeId): Plan {
  const layers = TEACHER.graph.nodes.filter(isLayer);
  return Object.fromEntries(layers.map((node, i) => [node.id, { scheme: i === 0 || i === layers.length - 1 ? 'int8' : scheme }]));
}

/** A network that knows the stripes, and what was measured of it. */
export async function trainFloat(): Promise<{ readonly floatRun: TrainedNetwork; readonly calibration: Calibration }> {
  const floatRun = await trainNetwork(request({ recipe: { ...BASE, epochs: 10, learningRate: 0.01 } }));
  const images = DATA.test.images as Float32Array;
  const calibration = await calibrate(floatRun.model, watchFloat(floatRun.model), (i) => images.subarray(i * 192, (i + 1) * 192), 96, { observer: 'mse' });
  return { floatRun, calibration };
}
