import { CancelledError, describeError, StudioError } from '../../core/base/errors.ts';
import { hashModel } from '../../core/graph/print.ts';
import { layersOf } from '../../core/graph/graph.ts';
import type { TrainProgress, TrainResult } from '../../core/jobs/contract.ts';
import type { TrainingFacts } from '../../core/project/schema.ts';
import type { SavedRun } from '../../core/jobs/saved-work.ts';
import { checkValues } from '../../core/quant/fields.ts';
import { describeChanges } from '../../core/train/changes.ts';
import type { ChoicesByLayer } from '../../core/train/layer-choices.ts';
import { RECIPE_FIELDS } from '../../core/train/recipe.ts';
import { JOB_ENVIRONMENT, runJob } from '../host/jobs.ts';
import { dropSavedRun, saveRun } from '../host/saved-runs.ts';
import { blobs } from '../state/blobs.ts';
import { applyEdit, documentStore } from '../state/document.ts';
import { replacePlan, schemeOf } from '../state/edits/plan.ts';
import { addTrainedVariant, trainedName } from '../state/edits/trained.ts';
import { activeNetwork, type ActiveNetwork } from '../state/select/network.ts';
import { goTo, notify, sessionStore } from '../state/session.ts';
import { createRecorder, EMPTY_CURVES } from '../state/training-curves.ts';
import { changeRun, isTraining, trainingStore, type TrainingRun } from '../state/training.ts';
import { originalOf } from './measure.ts';
import { dataOf, modelOf, networkState } from './network-state.ts';

/** Four drawings a second: faster only costs the trainer time. */
const DRAW_EVERY_MS = 250;

let stop: AbortController | null = null;

/** true, or why this variant cannot be fine-tuned now. */
export function canTrain(network: ActiveNetwork | null): true | string {
  if (!network) return 'No network is open.';
  if (isTraining(trainingStore.getState().run)) return 'A run is going on.';
  const data = dataOf(network);
  if (!data) return network.project.data ? `Training needs images: open the files of ${network.project.data.name} again.` : 'Training needs images: open a data set first.';
  if (!data.train || data.train.count === 0) return `${data.name} has no training images. Open the training files of the data set too.`;
  if (layersOf(network.graph).every((layer) => schemeOf(network.plan, layer.id) === 'float32')) {
    return 'Every layer is FP32: choose a lower precision first.';
  }
  return true;
}

/** true, or why the run that stopped cannot go on with the variant in work. */
export function canResume(network: ActiveNetwork | null, run: TrainingRun | null): true | string {
  if (!run?.checkpoint) return 'No checkpoint has been made.';
  if (network && network.variant.id !== run.from) {
    const name = network.project.variants[run.from]?.name;
    return name === undefined ? 'The variant that it trains is gone.' : `The run trains ${name}: put that variant in work first.`;
  }
  return canTrain(network);
}

/** What is not as it was when the run stopped, in words. */
export function pendingChanges(network: ActiveNetwork, run: TrainingRun, recipe: TrainingRun['recipe'], choices: ChoicesByLayer): readonly string[] {
  return describeChanges({ recipe: run.recipe, plan: run.plan, layers: run.choices }, { recipe, plan: network.plan, layers: choices });
}

/** Those that this network has layers for. */
export function choicesFor({ graph }: ActiveNetwork, choices: ChoicesByLayer): ChoicesByLayer {
  const layers = new Set(layersOf(graph).map((layer) => layer.id));
  return Object.fromEntries(Object.entries(choices).filter(([layer]) => layers.has(layer)));
}

/** Fine-tunes the variant in work. With `resume`, goes on from the newest checkpoint, with the recipe and the plan as they are now. */
export async function startTraining(options: { readonly resume?: boolean } = {}): Promise<void> {
  const { project } = documentStore.getState();
  const network = project && activeNetwork(project);
  const data = network && dataOf(network);
  const { recipe: changed, choices: chosen, seed, run: before } = trainingStore.getState();
  const allowed = options.resume ? canResume(network, before) : canTrain(network);
  if (!project?.data || !network || !data || allowed !== true) return;
  const { values: recipe, problem } = checkValues(RECIPE_FIELDS, changed);
  if (problem) return void notify({ tone: 'worse', title: problem, sticky: true });

  const choices = choicesFor(network, chosen);
  const resumed = options.resume ? before : null;
  const resume = resumed ? blobs.checkpoint(resumed.from) : undefined;
  if (!resumed) blobs.dropCheckpoint(network.variant.id);
  const own = new AbortController();
  stop = own;
  const run = newRun(network, { recipe, choices, seed }, resumed, trainedName(project));
  trainingStore.setState({ run });
  const draw = createDrawing(network);
  const startedMs = performance.now();
  const seconds = (): number => run.secondsBefore + (performance.now() - startedMs) / 1000;
  try {
    const state = await networkState(network);
    const teacher = modelOf(originalOf(network));
    const result = await runJob(
      'train',
      { state, teacher, data, preprocess: project.data.preprocess, recipe, layers: choices, seed: run.seed, environment: JOB_ENVIRONMENT, resume },
      { title: `Training ${run.name}`, signal: own.signal, onProgress: draw.report },
    );
    draw.end();
    keepResult(network, run.name, result, seconds());
    dropSavedRun(network.networkKey);
  } catch (error) {
    draw.end();
    const cancelled = error instanceof CancelledError;
    const paused = trainingStore.getState().run?.state === 'pausing';
    changeRun({ state: cancelled ? (paused ? 'paused' : 'cancelled') : 'failed', secondsBefore: seconds(), problem: cancelled ? null : describeError(error) });
    if (!cancelled && !(error instanceof StudioError)) throw error;
  } finally {
    if (stop === own) stop = null;
  }
}

/** A run that goes on keeps its name, its seed and what is known of it. */
function newRun(network: ActiveNetwork, { seed, ...chosen }: Pick<TrainingRun, 'recipe' | 'choices' | 'seed'>, resumed: TrainingRun | null, name: string): TrainingRun {
  const layers = layersOf(network.graph).map((layer) => ({ layer: layer.id, scheme: schemeOf(network.plan, layer.id) }));
  const now = { layers, plan: network.plan, ...chosen, startedAtMs: Date.now(), state: 'starting', result: null, problem: null } as const;
  if (resumed) return { ...resumed, ...now };
  return { ...now, name, from: network.variant.id, seed, secondsBefore: 0, progress: null, curves: EMPTY_CURVES, checkpoint: null };
}

export function cancelTraining(): void {
  end('stopping');
}

/** Stops the run with a checkpoint, to go on later: recipe and precisions may change until then. */
export function pauseTraining(): void {
  end('pausing');
}

function end(state: 'stopping' | 'pausing'): void {
  if (!stop) return;
  changeRun({ state });
  stop.abort();
}

/** A run that will not go on: its checkpoint goes with it. */
export function discardRun(network: ActiveNetwork): void {
  const { run } = trainingStore.getState();
  if (!run || isTraining(run)) return;
  blobs.dropCheckpoint(run.from);
  dropSavedRun(network.networkKey);
  trainingStore.setState({ run: null });
}

/** A run that ended with the studio itself stands here as if it had been paused. */
export function takeUpRun({ name, plan, recipe, choices, seed, checkpoint, bytes }: SavedRun): void {
  applyEdit(`Take up ${name}`, (project) => replacePlan(project, plan));
  const { project } = documentStore.getState();
  if (!project) return;
  const now = activeNetwork(project);
  blobs.putCheckpoint(now.variant.id, bytes);
  trainingStore.setState({ recipe, choices, seed, run: { ...newRun(now, { recipe, choices, seed }, null, name), state: 'paused', plan, checkpoint } });
}

/** Takes every report, keeps the checkpoints, and shows the newest report at most so often. */
function createDrawing({ variant, networkKey }: ActiveNetwork) {
  const recorder = createRecorder();
  let newest: TrainProgress | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let shownMs = -Infinity;
  const show = (): void => {
    timer = null;
    shownMs = performance.now();
    const state = trainingStore.getState().run?.state;
    if (newest) changeRun({ progress: newest, curves: recorder.curves(), ...(state === 'starting' ? { state: 'running' } : {}) });
  };
  return {
    report: (progress: TrainProgress): void => {
      const { checkpoint, history: _seen, ...rest } = progress;
      recorder.record(progress);
      newest = rest;
      if (checkpoint) {
        // At once: the next moment may be the last of the worker.
        blobs.putCheckpoint(variant.id, checkpoint);
        changeRun({ checkpoint: { step: progress.step, steps: progress.steps, epoch: progress.epoch, savedAtMs: Date.now() } });
        const { run } = trainingStore.getState();
        if (run?.checkpoint) saveRun(networkKey, { name: run.name, plan: run.plan, recipe: run.recipe, choices: run.choices, seed: run.seed, checkpoint: run.checkpoint, bytes: checkpoint });
      }
      timer ??= setTimeout(show, Math.max(0, DRAW_EVERY_MS - (performance.now() - shownMs)));
    },
    end: (): void => {
      if (timer !== null) clearTimeout(timer);
      show();
    },
  };
}

function keepResult({ project: { data }, variant: { id: from }, identity }: ActiveNetwork, name: string, result: TrainResult, seconds: number): void {
  const run = trainingStore.getState().run;
  if (!run) return;
  const { model, plan, calibration } = result.state;
  const weightsHash = hashModel(model);
  blobs.putModel(weightsHash, model);
  blobs.putCalibration(calibration);
  const told = {
    recipe: run.recipe,
    seed: run.seed,
    layers: run.choices as TrainingFacts['layers'],
    from: identity.weightsHash,
    data: data?.hash ?? null,
    changes: result.history.flatMap((entry) => entry.changes ?? []),
  };
  applyEdit(`Train ${name}`, (project) => addTrainedVariant(project, from, name, { graph: model.graph, plan, weightsHash, calibrationHash: calibration.hash, ...told }));
  const variant = documentStore.getState().project?.active ?? from;
  blobs.dropCheckpoint(from);
  const { deployed, simulatedAccuracy, backend } = result;
  changeRun({ state: 'finished', checkpoint: null, result: { variant, deployed, simulatedAccuracy, backend, seconds } });
  // On the screen of the run itself the result stands there already.
  if (sessionStore.getState().screen === 'train') return;
  notify({
    tone: 'better',
    title: `${name} is trained and in work.`,
    body: 'The deployed network is being measured on the test images.',
    actions: [{ label: 'Compare', run: () => goTo('compare') }],
  });
}
