import { StudioError } from '../base/errors.ts';
import { checkValues } from '../quant/fields.ts';
import { hashModel } from '../graph/print.ts';
import { deploy } from '../runtime/deploy.ts';
import { startBackend } from '../train/backend/start.ts';
import { samplesAt } from '../train/batches.ts';
import { trainNetwork } from '../train/loop.ts';
import { RECIPE_FIELDS, recipeOf } from '../train/recipe.ts';
import type { Jobs, NetworkState } from './contract.ts';
import type { Machine } from './index.ts';
import { evaluateProgram } from './evaluate.ts';

/** Fine-tunes with quantisation awareness, then measures the deployed network on the samples that were held out. */
export async function train(
  { state, teacher, data, preprocess, recipe, seed, environment, resume }: Parameters<Jobs['train']>[0],
  { signal, report }: Parameters<Jobs['train']>[1],
  machine: Machine,
): ReturnType<Jobs['train']> {
  const { values, problem } = checkValues(RECIPE_FIELDS, recipe);
  if (problem) throw new StudioError(problem, { where: 'recipe' });
  if (!data.train) throw new StudioError(`${data.name} has no training images.`, { where: data.name, next: 'Open the training files of the data set too.' });
  const backend = await startBackend(environment.tfjsWasmPath, { threads: machine.threads, spawn: machine.spawnThread ?? undefined });
  const trained = await trainNetwork({ ...state, teacher, data, preprocess, recipe: recipeOf(values), seed, resume, signal, report });
  const result: NetworkState = { model: trained.model, plan: state.plan, calibration: trained.calibration };
  const heldOut = { ...data, test: samplesAt(data, trained.split.validation), hash: `${data.hash}/held out ${seed}` };
  const deployed = await evaluateProgram(
    deploy(result),
    { reference: teacher, referenceKey: hashModel(teacher), data: heldOut, preprocess, offset: 0, limit: heldOut.test.count },
    { signal, report: () => {} },
  );
  return { state: result, history: trained.history, deployed, simulatedAccuracy: trained.simulatedAccuracy, backend };
}
