import { CancelledError } from '../../core/base/errors.ts';
import { PROBES } from '../../core/jobs/contract.ts';
import { changeSetting } from '../host/machine.ts';
import { JOB_ENVIRONMENT, runJob } from '../host/jobs.ts';
import { activityStore, putBaselines, putEvaluation, putLadder, putSpeed } from '../state/activity.ts';
import { documentStore } from '../state/document.ts';
import { sessionStore } from '../state/session.ts';
import { mergeEvaluations } from '../state/merge-evaluation.ts';
import { activeNetwork, type ActiveNetwork } from '../state/select/network.ts';
import { ORIGINAL } from '../state/edits/new-project.ts';
import { tellFailure } from './fail.ts';
import { dataOf, lacksData, modelOf, networkState } from './network-state.ts';
import { scanSensitivity, wasStopped } from './sensitivity.ts';

/** Longest time of one part of a measurement: what is known until then is shown. */
const PART_MS = 850;
/** The whole test set is measured unasked where it takes no longer than this. */
const UNASKED_MS = 30_000;
const SPEED_ROUNDS = 9;
const BASELINE_ROUNDS = 15;

/** Title of the job, by which the page finds it. */
export const COMPARING_TITLE = 'Comparing with TensorFlow.js';

let running: { readonly key: string; readonly stop: AbortController } | null = null;

/** Keeps what is on screen measured: follows the document from now on. */
export function startMeasuring(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // The edit is drawn first: handing work to a worker takes its own time on this thread.
  const follow = (): void => {
    clearTimeout(timer);
    timer = setTimeout(followPlan, restOf(currentNetwork()));
  };
  const stop = documentStore.subscribe(follow);
  follow();
  return () => {
    clearTimeout(timer);
    stop();
    running?.stop.abort();
  };
}

/** To hand a large network to a worker takes longer than a frame: it waits until the keys rest. */
const LARGE_NODES = 1_000;
const LARGE_REST_MS = 250;

function restOf(network: ActiveNetwork | null): number {
  return network && network.graph.nodes.length > LARGE_NODES ? LARGE_REST_MS : 0;
}

/** Whether more is measured than an edit needs. What runs goes on; switched on, what is missing is made up for. */
export function setMeasureUnasked(measureUnasked: boolean): void {
  sessionStore.setState({ measureUnasked });
  void changeSetting('measureUnasked', measureUnasked);
  if (measureUnasked) measureAgain();
}

/** Goes over what is on screen once more: something that it needs is here now. */
export function measureAgain(): void {
  running?.stop.abort();
  running = null;
  followPlan();
}

function currentNetwork(): ActiveNetwork | null {
  const { project } = documentStore.getState();
  return project && activeNetwork(project);
}

function followPlan(): void {
  const network = currentNetwork();
  if (running?.key === network?.key) return;
  // What an earlier edit still measures is of no use any more.
  running?.stop.abort();
  running = network && { key: network.key, stop: new AbortController() };
  if (network && running && canRun(network) && !lacksData(network)) void measureAll(network, running.stop.signal);
}

/** A network with operators that the studio does not run has a size, but neither accuracy nor speed. */
export function canRun(network: ActiveNetwork): boolean {
  const report = activityStore.getState().reports[network.project.source.weightsHash];
  return report === undefined || (report.runs === true && report.unknown.length === 0);
}

async function measureAll(network: ActiveNetwork, signal: AbortSignal): Promise<void> {
  const original = originalOf(network);
  try {
    await measurePart(network, PROBES, signal);
    await measurePart(original, PROBES, signal);
    await measureSpeed(network, signal);
    await measureLadder(network, signal);
    for (const samples of [PROBES, Number.POSITIVE_INFINITY]) {
      if (samples > PROBES && !(sessionStore.getState().measureUnasked && isSoonDone(network))) break;
      await measureAccuracy(network, samples, signal);
      await measureAccuracy(original, samples, signal);
    }
    await measureSensitivity(network, signal);
  } catch (error) {
    tellFailure(error, 'Measuring');
  }
}

/** The same project seen from its float original: the baseline of the meters. */
export function originalOf(network: ActiveNetwork): ActiveNetwork {
  return activeNetwork(originalProject(network));
}

const originals = new WeakMap<object, ActiveNetwork['project']>();

function originalProject({ project }: ActiveNetwork): ActiveNetwork['project'] {
  if (project.active === ORIGINAL) return project;
  let original = originals.get(project);
  if (!original) originals.set(project, (original = { ...project, active: ORIGINAL }));
  return original;
}

/** Extends what is known of the network's answers up to so many test samples, in parts that can be superseded. */
export async function measureAccuracy(network: ActiveNetwork, wanted: number, signal: AbortSignal): Promise<void> {
  while (await measurePart(network, wanted, signal)) {
    if (signal.aborted) throw new CancelledError();
  }
}

/** One part of it; false when nothing is missing. */
async function measurePart(network: ActiveNetwork, wanted: number, signal: AbortSignal): Promise<boolean> {
  const data = dataOf(network);
  const { project } = network;
  if (!data || !project.data) return false;
  const known = () => activityStore.getState().evaluations[network.key];
  const offset = known()?.count ?? 0;
  const target = Math.min(wanted, data.test.count, offset < PROBES ? PROBES : Number.POSITIVE_INFINITY);
  if (offset >= target) return false;
  const state = await networkState(network);
  const reference = data.test.labels ? undefined : modelOf(originalOf(network));
  const part = await runJob(
    'evaluate',
    { state, reference, data, preprocess: project.data.preprocess, offset, limit: target - offset, withinMs: PART_MS, follow: network.key === currentNetwork()?.key },
    { title: offset === 0 ? 'Measuring accuracy' : 'Refining accuracy', signal, priority: offset === 0 ? 1 : 0 },
  );
  const before = known();
  if ((before?.count ?? 0) === offset) putEvaluation(network.key, before ? mergeEvaluations(before, part) : part);
  return part.count > 0;
}

/** Whether the rest of the test set takes little time, as far as the first samples tell. */
function isSoonDone(network: ActiveNetwork): boolean {
  const known = activityStore.getState().evaluations[network.key];
  const total = dataOf(network)?.test.count ?? 0;
  return known !== undefined && (known.milliseconds / known.count) * (total - known.count) <= UNASKED_MS;
}

async function measureSpeed(network: ActiveNetwork, signal: AbortSignal): Promise<void> {
  if (activityStore.getState().speeds[network.key]) return;
  const state = await networkState(network);
  const reference = modelOf(originalOf(network));
  const speed = await runJob('measureSpeed', { state, reference, rounds: SPEED_ROUNDS }, { title: 'Measuring speed', signal });
  putSpeed(network.key, speed);
}

/** Timings of every layer of the original at every rung: once a project, because neither edits nor training change them. */
export async function measureLadder(network: ActiveNetwork, signal: AbortSignal): Promise<void> {
  const key = network.project.source.weightsHash;
  if (activityStore.getState().ladders[key]) return;
  const { graph } = originalOf(network);
  putLadder(key, await runJob('measureLadder', { graph }, { title: 'Timing every layer at every rung', signal, priority: -1 }));
}

/** Once a network, in the background; edits do not stop it, a person does. */
async function measureSensitivity(network: ActiveNetwork, signal: AbortSignal): Promise<void> {
  const { variant, networkKey } = network;
  if (variant.trained || signal.aborted || !sessionStore.getState().measureUnasked || wasStopped(networkKey, 'alone')) return;
  await scanSensitivity(network, 'alone', -2);
}

/** Measures the speed of the active variant again, now. */
export async function measureSpeedAgain(): Promise<void> {
  const network = currentNetwork();
  if (!network) return;
  activityStore.setState((state) => {
    const { [network.key]: _old, ...speeds } = state.speeds;
    return { speeds };
  });
  await measureSpeed(network, new AbortController().signal).catch((error: unknown) => tellFailure(error, 'Measuring speed'));
}

/** Times the active variant, its float network and the same on TensorFlow.js, taking turns. */
export async function compareWithTensorflow(): Promise<void> {
  const network = currentNetwork();
  if (!network || !canRun(network)) return;
  try {
    const state = await networkState(network);
    const reference = modelOf(originalOf(network));
    const arg = { state, reference, rounds: BASELINE_ROUNDS, environment: JOB_ENVIRONMENT };
    putBaselines(network.key, await runJob('measureBaselines', arg, { title: COMPARING_TITLE, priority: 1 }));
  } catch (error) {
    tellFailure(error, COMPARING_TITLE);
  }
}

/** The whole test set, for the active variant and for the original. */
export async function measureWholeTestSet(): Promise<void> {
  const network = currentNetwork();
  if (!network) return;
  const signal = new AbortController().signal;
  try {
    await measureAccuracy(network, Number.POSITIVE_INFINITY, signal);
    await measureAccuracy(originalOf(network), Number.POSITIVE_INFINITY, signal);
  } catch (error) {
    tellFailure(error, 'Measuring accuracy');
  }
}
