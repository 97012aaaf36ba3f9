import { StudioError } from '../base/errors.ts';
import { checkValues } from '../quant/fields.ts';
import { layersOf } from '../graph/graph.ts';
import { hashModel } from '../graph/print.ts';
import { deploy } from '../runtime/deploy.ts';
import { startBackend } from '../train/backend/start.ts';
import { samplesAt } from '../train/batches.ts';
import { checkLayerChoices } from '../train/layer-choices.ts';
import { trainNetwork } from '../train/loop.ts';
import { RECIPE_FIELDS, recipeOf } from '../train/recipe.ts';
import type { CountProgress, Jobs, NetworkState, TrainProgress } from './contract.ts';
import type { Machine } from './index.ts';
import { evaluateProgram } from './evaluate.ts';

/** Fine-tunes with quantisation awareness, then measures the deployed network on the samples that were held out. */
export async function train(
  { state, teacher, data, preprocess, recipe, layers = {}, seed, environment, resume, checkpointSeconds }: Parameters<Jobs['train']>[0],
  { signal, report }: Parameters<Jobs['train']>[1],
  machine: Machine,
): ReturnType<Jobs['train']> {
  const { values, problem } = checkValues(RECIPE_FIELDS, recipe);
  if (problem) throw new StudioError(problem, { where: 'recipe' });
  const misfit = checkLayerChoices(layers, layersOf(state.model.graph).map(({ id }) => id));
  if (misfit) throw new StudioError(misfit, { where: 'layers' });
  if (!data.train) throw new StudioError(`${data.name} has no training images.`, { where: data.name, next: 'Open the training files of the data set too.' });
  const backend = await startBackend(environment.tfjsWasmPath, { threads: machine.threads, spawn: machine.spawnThread ?? undefined });
  let newest: TrainProgress | null = null;
  const trained = await trainNetwork({
    ...state,
    teacher,
    data,
    preprocess,
    recipe: recipeOf(values),
    layers,
    seed,
    resume,
    checkpointSeconds,
    signal,
    report: (progress) => {
      newest = { ...progress, backend };
      report(newest);
    },
  });
  const result: NetworkState = { model: trained.model, plan: state.plan, calibration: trained.calibration };
  const heldOut = { ...data, test: samplesAt(data, trained.split.validation), hash: `${data.hash}/held out ${seed}` };
  const deployed = await evaluateProgram(
    deploy(result),
    { reference: teacher, referenceKey: hashModel(teacher), data: heldOut, preprocess, offset: 0, limit: heldOut.test.count },
    { signal, report: measuring(newest, report) },
  );
  return { state: result, history: trained.history, deployed, simulatedAccuracy: trained.simulatedAccuracy, backend };
}

const REPORT_EVERY_MS = 250;

/** The last report again, with the time that the deployed network still takes. */
function measuring(last: TrainProgress | null, report: (progress: TrainProgress) => void): (count: CountProgress) => void {
  const startedMs = performance.now();
  let reportedMs = startedMs;
  return ({ done, total }) => {
    const now = performance.now();
    if (!last || done === 0 || now - reportedMs < REPORT_EVERY_MS) return;
    reportedMs = now;
    const { checkpoint: _kept, history: _shown, validationAccuracy: _known, ...rest } = last;
    report({ ...rest, activity: 'measuring', secondsLeft: ((now - startedMs) / 1000 / done) * (total - done) });
  };
}
