import { CancelledError, describeError, StudioError } from '../../core/base/errors.ts';
import { hashModel } from '../../core/graph/print.ts';
import { layersOf } from '../../core/graph/graph.ts';
import type { TrainProgress, TrainResult } from '../../core/jobs/contract.ts';
import { checkValues } from '../../core/quant/fields.ts';
import { RECIPE_FIELDS } from '../../core/train/recipe.ts';
import { JOB_ENVIRONMENT, runJob } from '../host/jobs.ts';
import { blobs } from '../state/blobs.ts';
import { applyEdit, documentStore } from '../state/document.ts';
import { schemeOf } from '../state/edits/plan.ts';
import { addTrainedVariant, trainedName } from '../state/edits/trained.ts';
import { activeNetwork, type ActiveNetwork } from '../state/select/network.ts';
import { goTo, notify, sessionStore } from '../state/session.ts';
import { createRecorder, EMPTY_CURVES } from '../state/training-curves.ts';
import { changeRun, isTraining, trainingStore } from '../state/training.ts';
import { originalOf } from './measure.ts';
import { dataOf, modelOf, networkState } from './network-state.ts';

/** Four drawings a second: faster only costs the trainer time. */
const DRAW_EVERY_MS = 250;

let stop: AbortController | null = null;
let checkpoint: Uint8Array | null = null;

/** true, or why this variant cannot be fine-tuned now. */
export function canTrain(network: ActiveNetwork | null): true | string {
  if (!network) return 'No network is open.';
  if (isTraining(trainingStore.getState().run)) return 'A run is going on.';
  const data = dataOf(network);
  if (!data) return 'Training needs images: open a data set first.';
  if (!data.train || data.train.count === 0) return `${data.name} has no training images. Open the training files of the data set too.`;
  if (layersOf(network.graph).every((layer) => schemeOf(network.plan, layer.id) === 'float32')) {
    return 'Every layer is FP32: choose a lower precision first.';
  }
  return true;
}

/** Fine-tunes the variant in work. With `resume`, goes on from the newest checkpoint of the stopped run. */
export async function startTraining(options: { readonly resume?: boolean } = {}): Promise<void> {
  const { project } = documentStore.getState();
  const network = project && activeNetwork(project);
  const data = network && dataOf(network);
  if (!project?.data || !network || !data || canTrain(network) !== true) return;
  const { recipe: changed, seed } = trainingStore.getState();
  const { values: recipe, problem } = checkValues(RECIPE_FIELDS, changed);
  if (problem) return void notify({ tone: 'worse', title: problem, sticky: true });

  const name = trainedName(project);
  const own = new AbortController();
  stop = own;
  const resume = options.resume ? (checkpoint ?? undefined) : undefined;
  checkpoint = resume ?? null;
  const layers = layersOf(network.graph).map((layer) => ({ layer: layer.id, scheme: schemeOf(network.plan, layer.id) }));
  trainingStore.setState({
    run: { name, from: network.variant.id, layers, recipe, seed, startedAtMs: Date.now(), state: 'starting', progress: null, curves: EMPTY_CURVES, resumable: false, result: null, problem: null },
  });
  const draw = createDrawing();
  const startedMs = performance.now();
  try {
    const state = await networkState(network);
    const teacher = modelOf(originalOf(network));
    const result = await runJob(
      'train',
      { state, teacher, data, preprocess: project.data.preprocess, recipe, seed, environment: JOB_ENVIRONMENT, resume },
      { title: `Training ${name}`, signal: own.signal, onProgress: draw.report },
    );
    draw.end();
    keepResult(network.variant.id, name, result, (performance.now() - startedMs) / 1000);
  } catch (error) {
    draw.end();
    const cancelled = error instanceof CancelledError;
    changeRun({ state: cancelled ? 'cancelled' : 'failed', resumable: checkpoint !== null, problem: cancelled ? null : describeError(error) });
    if (!cancelled && !(error instanceof StudioError)) throw error;
  } finally {
    if (stop === own) stop = null;
  }
}

export function cancelTraining(): void {
  if (!stop) return;
  changeRun({ state: 'stopping' });
  stop.abort();
}

/** Takes every report, and shows the newest at most so often. */
function createDrawing() {
  const recorder = createRecorder();
  let newest: TrainProgress | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let shownMs = -Infinity;
  const show = (): void => {
    timer = null;
    shownMs = performance.now();
    const stopping = trainingStore.getState().run?.state === 'stopping';
    if (newest) changeRun({ progress: newest, curves: recorder.curves(), resumable: checkpoint !== null, ...(stopping ? {} : { state: 'running' }) });
  };
  return {
    report: (progress: TrainProgress): void => {
      recorder.record(progress);
      newest = progress;
      if (progress.checkpoint) checkpoint = progress.checkpoint;
      timer ??= setTimeout(show, Math.max(0, DRAW_EVERY_MS - (performance.now() - shownMs)));
    },
    end: (): void => {
      if (timer !== null) clearTimeout(timer);
      show();
    },
  };
}

function keepResult(from: string, name: string, result: TrainResult, seconds: number): void {
  const run = trainingStore.getState().run;
  if (!run) return;
  const { model, plan, calibration } = result.state;
  const weightsHash = hashModel(model);
  blobs.putModel(weightsHash, model);
  blobs.putCalibration(calibration);
  applyEdit(`Train ${name}`, (project) =>
    addTrainedVariant(project, from, name, { graph: model.graph, plan, weightsHash, calibrationHash: calibration.hash, recipe: run.recipe, seed: run.seed }),
  );
  const variant = documentStore.getState().project?.active ?? from;
  checkpoint = null;
  const { deployed, simulatedAccuracy, backend } = result;
  changeRun({ state: 'finished', resumable: false, result: { variant, deployed, simulatedAccuracy, backend, seconds } });
  // On the screen of the run itself the result stands there already.
  if (sessionStore.getState().screen === 'train') return;
  notify({
    tone: 'better',
    title: `${name} is trained and in work.`,
    body: 'The deployed network is being measured on the test images.',
    actions: [{ label: 'Compare', run: () => goTo('compare') }],
  });
}
