import { initialValues } from '../quant/fields.ts';
import type { DataSet } from '../data/data-set.ts';
import type { Model } from '../graph/graph.ts';
import { NO_CALIBRATION } from '../runtime/watch.ts';
import { startBackend } from './backend/start.ts';
import { trainNetwork } from './loop.ts';
import { RECIPE_FIELDS, recipeOf } from './recipe.ts';
import type { TrainingReport } from './report.ts';
import { buildSampleNetwork } from './sample-network.ts';

export const SAMPLE_PREPROCESS = 'unit';
export const SAMPLE_TRAINING = { seed: 1, epochs: 6, learningRate: 0.002 } as const;

/** Trains the sample's network in float32 from random weights. The same machine gives the same weights again. */
export async function trainSample(data: DataSet, tfjsWasmPath: string, report: (report: TrainingReport) => void): Promise<Model> {
  await startBackend(tfjsWasmPath);
  const { seed, epochs, learningRate } = SAMPLE_TRAINING;
  const recipe = { ...recipeOf(initialValues(RECIPE_FIELDS)), epochs, learningRate, validationShare: 0.05 };
  const request = { model: buildSampleNetwork(seed), plan: {}, calibration: NO_CALIBRATION, teacher: null, data, preprocess: SAMPLE_PREPROCESS, recipe, seed, report } as const;
  return (await trainNetwork(request)).model;
}
