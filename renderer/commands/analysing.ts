import { CancelledError, describeError, StudioError } from '../../core/base/errors.ts';
import { pointOfPlan } from '../../core/analysis/search/point.ts';
import { tableMilliseconds } from '../../core/bench/forecast.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { lower } from '../../core/runtime/lower.ts';
import type { PlanBudgets, PlannedPoint } from '../../core/jobs/analysis-results.ts';
import type { Evaluation } from '../../core/jobs/contract.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { runJob } from '../host/jobs.ts';
import { activityStore, putEvaluation } from '../state/activity.ts';
import { analysingStore, type AnalysingState } from '../state/analysing.ts';
import { applyEdit, documentStore } from '../state/document.ts';
import { takeFoundPlan, variantWithPlan } from '../state/edits/found-plan.ts';
import { planText, resultKeyOfPlan } from '../state/keys.ts';
import { searchedPoints } from '../state/select/found-plans.ts';
import { costsOf } from '../state/select/estimates.ts';
import { activeNetwork, type ActiveNetwork } from '../state/select/network.ts';
import { sizeText } from '../ui/format.ts';
import { tellFailure } from './fail.ts';
import { canRun, measureLadder, originalOf } from './measure.ts';
import { dataOf, modelOf, networkState } from './network-state.ts';
import { notify } from '../state/session.ts';
import { isScanned, knownCells, scanSensitivity, stopScan } from './sensitivity.ts';

/** Budgets that the front is solved for. */
const POINTS = 20;
/** Test images that plans are measured on: as many as the meters refine to. */
const MEASURED_IMAGES = 1000;

/** Plans are sought on the original weights, whatever the variant in work was trained to. */
export function analysedNetwork(): ActiveNetwork | null {
  const { project } = documentStore.getState();
  return project && originalOf(activeNetwork(project));
}

/** The layers that the variant in work has locked, with their choice. */
export function lockedPlan({ project }: ActiveNetwork): Plan {
  const active = documentStore.getState().project ?? project;
  const { lockedLayers, plan } = active.variants[active.active];
  const layers = new Set(layersOf(project.source.graph).map(({ id }) => id));
  return Object.fromEntries(lockedLayers.filter((id) => layers.has(id)).map((id) => [id, plan[id] ?? { scheme: 'float32' as const }]));
}

function budgetsOf({ budgets }: ActiveNetwork['project']): PlanBudgets {
  return {
    ...(budgets.sizeBytes === undefined ? {} : { bytes: budgets.sizeBytes }),
    ...(budgets.milliseconds === undefined ? {} : { milliseconds: budgets.milliseconds }),
  };
}

/** Everything that a search depends on. Null while the heat map is not complete. */
export function searchKey(network: ActiveNetwork, { over, tied }: Pick<AnalysingState, 'over' | 'tied'>): string | null {
  if (!isScanned(network, 'alone')) return null;
  const timed = costsOf(network, activityStore.getState()) !== null;
  return JSON.stringify([network.networkKey, lockedPlan(network), budgetsOf(network.project), over, tied, timed]);
}

export async function continueScan(): Promise<void> {
  const network = analysedNetwork();
  if (!network || !canRun(network)) return;
  const { definition } = analysingStore.getState();
  await scanSensitivity(network, definition, 0).catch((error: unknown) => tellFailure(error, 'Measuring sensitivities'));
}

export function pauseScan(): void {
  const network = analysedNetwork();
  if (network) stopScan(network.networkKey, analysingStore.getState().definition);
}

/** Solves for the budgets as they are, and measures the plans, the most promising first. Returns what stops it. */
export function followPlans(): () => void {
  const stop = new AbortController();
  void searchAndMeasure(stop.signal).catch((error: unknown) => {
    if (error instanceof CancelledError || stop.signal.aborted) return;
    if (error instanceof StudioError) analysingStore.setState({ problem: describeError(error) });
    else tellFailure(error, 'Looking for plans');
  });
  return () => stop.abort();
}

async function searchAndMeasure(signal: AbortSignal): Promise<void> {
  const network = analysedNetwork();
  if (!network || !canRun(network)) return;
  const state = analysingStore.getState();
  const key = searchKey(network, state);
  if (key === null) return;
  const needsTimes = state.over === 'milliseconds' || network.project.budgets.milliseconds !== undefined;
  if (needsTimes) await measureLadder(network, signal);
  const solvedKey = searchKey(network, state) ?? key;
  if (analysingStore.getState().found?.key !== solvedKey) {
    const result = await runJob(
      'searchPlans',
      {
        graph: network.graph,
        locked: lockedPlan(network),
        cells: knownCells(network.networkKey, 'alone'),
        costs: costsOf(network, activityStore.getState()),
        budgets: budgetsOf(network.project),
        over: state.over,
        points: POINTS,
        tied: state.tied,
      },
      { title: 'Looking for plans', signal, priority: 1 },
    );
    analysingStore.setState({ found: { key: solvedKey, result }, problem: null, shownPlan: null });
  }
  const found = analysingStore.getState().found?.result;
  if (!found) return;
  for (const { plan } of searchedPoints(network.graph, found)) await measurePlan(network, plan, signal);
}

/** On as many images as everything else on the screen, with the divergence from the float network, which labels do not give. */
async function measurePlan(network: ActiveNetwork, plan: Plan, signal: AbortSignal): Promise<void> {
  const data = dataOf(network);
  const { project, identity } = network;
  if (!data || !project.data) return;
  const key = resultKeyOfPlan(project, identity, plan);
  const known: Evaluation | undefined = activityStore.getState().evaluations[key];
  const wanted = Math.min(Math.max(MEASURED_IMAGES, known?.count ?? 0), data.test.count);
  if (known && known.count >= wanted && known.divergence > 0) return;
  const state = { ...(await networkState(network)), plan };
  const arg = { state, reference: modelOf(network), data, preprocess: project.data.preprocess, offset: 0, limit: wanted };
  putEvaluation(key, await runJob('evaluate', arg, { title: 'Measuring plans', signal, priority: -1 }));
}

/** Title of the job, by which the page finds it. */
export const REFINING_TITLE = 'Looking around the plan';
const REFINE_ROUNDS = 3;
const REFINE_PROBES = 200;

/** Looks around a plan, within the budgets or else within its own size, and adds what it leads to. */
export async function refineShown(point: PlannedPoint): Promise<void> {
  const network = analysedNetwork();
  const data = network && dataOf(network);
  const found = analysingStore.getState().found;
  if (!network || !data || !network.project.data || !found) return;
  const { sizeBytes, milliseconds } = network.project.budgets;
  const budgets: PlanBudgets = sizeBytes === undefined && milliseconds === undefined ? { bytes: point.bytes } : budgetsOf(network.project);
  const costs = costsOf(network, activityStore.getState());
  try {
    const { model, calibration } = await networkState(network);
    const { plan, before, after } = await runJob(
      'refinePlan',
      { model, calibration, data, preprocess: network.project.data.preprocess, samples: REFINE_PROBES, plan: point.plan, locked: lockedPlan(network), costs, budgets, tied: analysingStore.getState().tied, rounds: REFINE_ROUNDS },
      { title: REFINING_TITLE },
    );
    if (after >= before) return void notify({ title: 'Nothing better was found around this plan.', body: 'No exchange of precisions within the budgets brings it nearer to the FP32 original.' });
    await measurePlan(network, plan, new AbortController().signal);
    const cells = knownCells(network.networkKey, 'alone');
    const refined = { ...pointOfPlan(network.graph, plan, cells), milliseconds: costs && tableMilliseconds(lower(network.graph, plan).network, costs) };
    analysingStore.setState((state) => (state.found?.key === found.key ? { found: { key: found.key, result: { ...state.found.result, front: [...state.found.result.front, refined] } }, shownPlan: planText(network.graph, plan) } : {}));
  } catch (error) {
    tellFailure(error, REFINING_TITLE);
  }
}

/** The plan becomes the variant in work; one step to undo. */
export function takePlan(point: PlannedPoint): void {
  const { project } = documentStore.getState();
  if (!project) return;
  const present = variantWithPlan(project, point.plan);
  const name = `Plan ${sizeText(point.bytes)}`;
  applyEdit(present === null ? `Take the plan of ${sizeText(point.bytes)}` : `Work on ${project.variants[present].name}`, (current) => takeFoundPlan(current, point.plan, name));
}
