import type { OpenedProject, ProjectToSave } from '../../core/jobs/contract.ts';
import type { SavedTimings, SavedWork } from '../../core/jobs/saved-work.ts';
import { StudioError } from '../../core/base/errors.ts';
import { saveRun, savedRuns } from '../host/saved-runs.ts';
import { activityStore } from '../state/activity.ts';
import { blobs } from '../state/blobs.ts';
import type { DocumentState } from '../state/document.ts';
import { historyRecord, prepareHistory } from '../state/history-record.ts';
import { weightsOfKey } from '../state/keys.ts';
import { sessionStore } from '../state/session.ts';
import { trainingStore } from '../state/training.ts';

/** Everything of the open project that a file or a journal keeps: all steps, their weights, and what was measured of them. */
export async function projectToSave(state: Pick<DocumentState, 'steps' | 'index'>): Promise<ProjectToSave> {
  await prepareHistory(state);
  const networks = new Set<string>();
  const calibrations = new Set<string>();
  for (const { project } of state.steps) {
    networks.add(project.source.weightsHash);
    for (const { trained } of Object.values(project.variants)) {
      if (!trained) continue;
      networks.add(trained.weightsHash);
      calibrations.add(trained.calibrationHash);
    }
  }
  const work = savedWork(networks);
  for (const hash of Object.values(work.calibrationHashes)) calibrations.add(hash);
  return {
    history: historyRecord(state),
    models: new Map([...networks].map((hash) => [hash, present(blobs.model(hash), 'weights')])),
    calibrations: [...calibrations].map((hash) => present(blobs.calibration(hash), 'activation ranges')),
    work,
  };
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new StudioError(`The ${what} of a variant are not in memory, so the project cannot be saved whole.`, { next: 'Undo to before that variant and save again.' });
  return value;
}

/** Timings belong to a machine. */
function machineName(): string {
  const { system } = sessionStore.getState();
  return system ? `${system.cpu}, ${system.cores} cores` : '';
}

function savedWork(networks: ReadonlySet<string>): SavedWork {
  const { calibrationHashes, evaluations, sensitivities, reports, speeds, baselines, ladders, operators, conversions } = activityStore.getState();
  const { recipe, choices, seed } = trainingStore.getState();
  const ofProject = <T>(record: Readonly<Record<string, T>>, weightsOf: (key: string) => string | null = weightsOfKey): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(record).filter(([key]) => networks.has(weightsOf(key) ?? '')));
  const own = (key: string): string => key;
  return {
    training: { recipe, choices, seed },
    runs: ofProject(Object.fromEntries(savedRuns())),
    calibrationHashes: Object.fromEntries(Object.entries(ofProject(calibrationHashes)).filter(([, hash]) => blobs.calibration(hash))),
    evaluations: ofProject(evaluations),
    sensitivities: ofProject(sensitivities),
    reports: ofProject(reports, own),
    timings: { machine: machineName(), speeds: ofProject(speeds), baselines: ofProject(baselines), ladders: ofProject(ladders, own), operators, conversions },
  };
}

/** Puts back what was measured and trained. What this session knows already stays as it is. */
export function restoreContent({ models, calibrations, work }: OpenedProject): void {
  for (const [hash, model] of models) if (!blobs.model(hash)) blobs.putModel(hash, model);
  for (const calibration of calibrations) blobs.putCalibration(calibration);
  activityStore.setState((state) => ({
    calibrationHashes: { ...work.calibrationHashes, ...state.calibrationHashes },
    evaluations: { ...work.evaluations, ...state.evaluations },
    sensitivities: { ...work.sensitivities, ...state.sensitivities },
    reports: { ...work.reports, ...state.reports },
  }));
  if (work.timings.machine === machineName()) restoreTimings(work.timings);
  trainingStore.setState({ ...work.training, run: null });
  for (const [networkKey, run] of Object.entries(work.runs)) if (!savedRuns().has(networkKey)) saveRun(networkKey, run);
}

function restoreTimings({ speeds, baselines, ladders, operators, conversions }: SavedTimings): void {
  activityStore.setState((state) => ({
    speeds: { ...speeds, ...state.speeds },
    baselines: { ...baselines, ...state.baselines },
    ladders: { ...ladders, ...state.ladders },
    operators: { ...operators, ...state.operators },
    conversions: state.conversions ?? conversions,
  }));
}
