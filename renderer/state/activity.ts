import { createStore } from 'zustand/vanilla';
import type { Gap } from '../../core/analysis/gap/gap.ts';
import type { SensitivityCell } from '../../core/analysis/sensitivity/cells.ts';
import type { NodeId } from '../../core/graph/graph.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import type { ConversionCosts, OperatorCosts } from '../../core/bench/cost-table.ts';
import type { WeightPicture } from '../../core/analysis/diagnosis/weight-picture.ts';
import { networkCosts } from '../../core/bench/forecast.ts';
import type { FixTrials, LayerDiagnosis } from '../../core/jobs/analysis-results.ts';
import type { DataCheckResult } from '../../core/jobs/data-results.ts';
import type { TriedPreprocess } from '../../core/data/tried.ts';
import type { BaselineMeasurement, Evaluation, ImportReport, LadderCosts, LayerInsight, SpeedMeasurement } from '../../core/jobs/contract.ts';

/** A lane is one worker. Work in one lane runs one at a time; the bench lane wants the machine to itself. */
export type Lane = 'interactive' | 'view' | 'long' | 'bench';

export interface JobRecord {
  readonly id: number;
  /** What a person reads: "Measuring accuracy". */
  readonly title: string;
  readonly lane: Lane;
  readonly state: 'waiting' | 'running';
  readonly done: number;
  readonly total: number;
  /** performance.now() when the work began; null while it waits. */
  readonly startedAtMs: number | null;
  readonly cancel: () => void;
}

type PerLayer<T> = Readonly<Record<NodeId, Readonly<Partial<Record<SchemeId, T>>>>>;

/** Fixes of one layer as far as they are tried. */
export interface TriedFixes extends Pick<FixTrials, 'trials'> {
  readonly samples: number;
  readonly isRunning: boolean;
  readonly measure: FixTrials['measure'];
  readonly split: FixTrials['split'];
}

/** A gap as far as it is explained. */
export interface KnownGap {
  readonly gap: Gap;
  readonly isComplete: boolean;
}

export interface ActivityState {
  readonly jobs: Readonly<Record<number, JobRecord>>;
  /** By result key (see keys.ts): what was measured stays true, so undo finds it at once. */
  readonly evaluations: Readonly<Record<string, Evaluation>>;
  readonly speeds: Readonly<Record<string, SpeedMeasurement>>;
  /** By result key: beside TensorFlow.js, where a person asked for it. */
  readonly baselines: Readonly<Record<string, BaselineMeasurement>>;
  /** By network, layer and its choice. */
  readonly insights: Readonly<Record<string, LayerInsight>>;
  /** The same and the output channel. */
  readonly channelPictures: Readonly<Record<string, WeightPicture>>;
  /** By network, layer and its choice. */
  readonly diagnoses: Readonly<Record<string, LayerDiagnosis>>;
  /** By result key and layer: fixes are tried in the network as it stands. */
  readonly triedFixes: Readonly<Record<string, TriedFixes>>;
  /** By the two networks and the images (`gapKey`). */
  readonly gaps: Readonly<Record<string, KnownGap>>;
  /** By model and data: hash of the calibration in the blobs. */
  readonly calibrationHashes: Readonly<Record<string, string>>;
  /** By model and data. */
  readonly sensitivities: Readonly<Record<string, PerLayer<SensitivityCell>>>;
  /** By weights hash: milliseconds of every layer at every rung, each alone. */
  readonly ladders: Readonly<Record<string, PerLayer<number>>>;
  /** Of this machine, whatever the network. */
  readonly operators: OperatorCosts;
  readonly conversions: ConversionCosts | null;
  /** By network and data (`dataKey`): what the float network answers right under each preprocessing. */
  readonly triedPreprocess: Readonly<Record<string, readonly TriedPreprocess[]>>;
  /** The same and the preprocessing. */
  readonly dataChecks: Readonly<Record<string, DataCheckResult>>;
  /** By weights hash. */
  readonly reports: Readonly<Record<string, ImportReport>>;
}

export const activityStore = createStore<ActivityState>(() => ({
  jobs: {},
  evaluations: {},
  speeds: {},
  baselines: {},
  insights: {},
  channelPictures: {},
  diagnoses: {},
  triedFixes: {},
  gaps: {},
  calibrationHashes: {},
  sensitivities: {},
  ladders: {},
  operators: {},
  conversions: null,
  triedPreprocess: {},
  dataChecks: {},
  reports: {},
}));

export function putEvaluation(key: string, evaluation: Evaluation): void {
  activityStore.setState((state) => {
    const present = state.evaluations[key];
    // A larger sample never gives way to a smaller one.
    if (present && present.count > evaluation.count) return state;
    return { evaluations: { ...state.evaluations, [key]: evaluation } };
  });
}

export function putSpeed(key: string, speed: SpeedMeasurement): void {
  activityStore.setState((state) => ({ speeds: { ...state.speeds, [key]: speed } }));
}

export function putInsight(key: string, insight: LayerInsight): void {
  activityStore.setState((state) => ({ insights: { ...state.insights, [key]: insight } }));
}

export function putChannelPicture(key: string, picture: WeightPicture): void {
  activityStore.setState((state) => ({ channelPictures: { ...state.channelPictures, [key]: picture } }));
}

export function putDiagnosis(key: string, diagnosis: LayerDiagnosis): void {
  activityStore.setState((state) => ({ diagnoses: { ...state.diagnoses, [key]: diagnosis } }));
}

export function putTriedFixes(key: string, tried: TriedFixes): void {
  activityStore.setState((state) => ({ triedFixes: { ...state.triedFixes, [key]: tried } }));
}

export function putGap(key: string, known: KnownGap): void {
  activityStore.setState((state) => ({ gaps: { ...state.gaps, [key]: known } }));
}

export function putSensitivityCell(key: string, cell: SensitivityCell): void {
  activityStore.setState((state) => {
    const table = state.sensitivities[key] ?? {};
    const row = { ...table[cell.layer], [cell.scheme]: cell };
    return { sensitivities: { ...state.sensitivities, [key]: { ...table, [cell.layer]: row } } };
  });
}

export function putBaselines(key: string, measured: BaselineMeasurement): void {
  activityStore.setState((state) => ({ baselines: { ...state.baselines, [key]: measured } }));
}

export function putLadder(key: string, measured: Pick<LadderCosts, 'rows' | 'operators' | 'conversions'>): void {
  const { layers: table, operators, conversions } = networkCosts(measured);
  activityStore.setState((state) => ({ ladders: { ...state.ladders, [key]: table }, operators: { ...state.operators, ...operators }, conversions }));
}

export function putTriedPreprocess(key: string, tried: readonly TriedPreprocess[]): void {
  activityStore.setState((state) => ({ triedPreprocess: { ...state.triedPreprocess, [key]: tried } }));
}

export function putDataCheck(key: string, result: DataCheckResult): void {
  activityStore.setState((state) => ({ dataChecks: { ...state.dataChecks, [key]: result } }));
}

export function putReport(weightsHash: string, report: ImportReport): void {
  activityStore.setState((state) => ({ reports: { ...state.reports, [weightsHash]: report } }));
}

export function putCalibrationHash(key: string, hash: string): void {
  activityStore.setState((state) => ({ calibrationHashes: { ...state.calibrationHashes, [key]: hash } }));
}

export function putJob(job: JobRecord): void {
  activityStore.setState((state) => ({ jobs: { ...state.jobs, [job.id]: job } }));
}

export function dropJob(id: number): void {
  activityStore.setState((state) => {
    const { [id]: _gone, ...jobs } = state.jobs;
    return { jobs };
  });
}
