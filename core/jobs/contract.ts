import type { SensitivityCell, SensitivityDefinition } from '../analysis/sensitivity/cells.ts';
import type { ConversionCosts, Cost, OperatorCosts } from '../bench/cost-table.ts';
import type { NetworkCosts } from '../bench/forecast.ts';
import type { ContentId } from '../export/contents/table.ts';
import type { ArenaUse, ExportFile, ExportResult, ProofRow, TargetCheck } from '../export/result.ts';
import type { ExporterId } from '../export/targets.ts';
import type { Spread } from '../bench/interleave.ts';
import type { Reason } from '../bench/reasons.ts';
import type { ExportOrigin } from '../export/context.ts';
import type { Graph, Model, NodeId } from '../graph/graph.ts';
import type { ProbeSummary } from '../analysis/diagnosis/trial.ts';
import type { Gap } from '../analysis/gap/gap.ts';
import type { WeightPicture } from '../analysis/diagnosis/weight-picture.ts';
import type { LayerChoice, Plan, SchemeId } from '../schemes/scheme.ts';
import type { DataSet, NamedFile, PreprocessId } from '../data/data-set.ts';
import type { OptionValues } from '../quant/fields.ts';
import type { ServiceContext } from '../rpc/pipe.ts';
import type { Calibration, StatedGrids } from '../quant/calibration.ts';
import type { ChoicesByLayer } from '../train/layer-choices.ts';
import type { HistoryRecord, OpenedContent } from '../project/project-file.ts';
import type { LayoutRequest, LayoutResult } from '../layout/contract.ts';
import type { HistoryEntry, TrainingReport } from '../train/report.ts';
import type { DataCheckResult, DataToOpen, OpenedDataSet } from './data-results.ts';
import type { SavedWork } from './saved-work.ts';
import type { FixTrial, FixTrials, GapQuestion, LayerDiagnosis, PlanBudgets, RefinedPlan, SearchResult } from './analysis-results.ts';

export type { ExportResult, ProofRow };

/** What the surroundings lend to the jobs: only addresses of static files. */
export interface JobEnvironment {
  /** Folder or URL prefix, ending in a slash, that holds tfjs' wasm files. */
  readonly tfjsWasmPath: string;
}

export interface LayerRefusal {
  readonly layer: NodeId;
  readonly scheme: SchemeId;
  readonly reason: string;
}

export interface ImportReport {
  readonly format: string;
  readonly layers: number;
  readonly parameters: number;
  readonly floatBytes: number;
  readonly multiplyAccumulates: number;
  /** Names of folds and rewrites done on the way in. */
  readonly folds: readonly string[];
  /** Operators kept but not run. */
  readonly unknown: readonly { readonly node: NodeId; readonly op: string }[];
  readonly refusals: readonly LayerRefusal[];
  /** A real forward pass on zeros came back finite; otherwise the reason. */
  readonly runs: true | string;
}

export interface ImportedModel {
  readonly fileName: string;
  readonly model: Model;
  readonly hash: string;
  /** The precisions that the file has its layers in, where the studio's layer can take them; empty for most files. */
  readonly plan: Plan;
  /** The ranges of values that the file states, for calibration; empty for most files. */
  readonly grids: StatedGrids;
  readonly report: ImportReport;
}

/** A network as it stands: graph and weights, the choice per layer and what calibration measured. */
export interface NetworkState {
  readonly model: Model;
  readonly plan: Plan;
  readonly calibration: Calibration;
}

/** A network to export, and what is known of it. */
export interface ExportSubject {
  readonly state: NetworkState;
  readonly name: string;
  readonly data: DataSet | null;
  readonly preprocess: PreprocessId;
  /** What documents and recipes tell besides the state; what is left out is not known. */
  readonly origin?: ExportOrigin;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Evaluation {
  readonly count: number;
  readonly correct: number;
  /** Share, 0 to 1. Without labels: agreement with the float network. */
  readonly accuracy: number;
  readonly measure: 'accuracy' | 'agreement';
  /** 95 % Wilson interval. */
  readonly interval: Interval;
  /** Class chosen for each sample. */
  readonly predictions: Int32Array;
  /** Mean KL(float ‖ this) in nats over the samples; 0 for the float network. */
  readonly divergence: number;
  readonly milliseconds: number;
}

export interface LayerTiming {
  readonly layer: NodeId;
  readonly scheme: SchemeId;
  /** With the conversions that exist for the layer. */
  readonly milliseconds: number;
  readonly floatMilliseconds: number;
  readonly conversionMilliseconds: number;
  /** e.g. "xnor conv, wasm" or "reference (no fast kernel)". */
  readonly kernel: string;
  /** Why it is this fast or slow. */
  readonly reasons: readonly Reason[];
}

export interface SpeedMeasurement {
  /** Median milliseconds per inference over interleaved rounds. */
  readonly milliseconds: number;
  readonly floatMilliseconds: number;
  /** float ÷ this, per round. Above 1 is faster. */
  readonly ratio: Spread;
  readonly rounds: number;
  readonly threads: number;
  readonly environment: string;
  readonly layers: readonly LayerTiming[];
  /** What holds the whole network back. */
  readonly reasons: readonly Reason[];
}

/** The network beside its float32 form, here and on TensorFlow.js (XNNPACK), in the same interleaved rounds. */
export interface BaselineMeasurement {
  /** Milliseconds per inference. */
  readonly current: Spread;
  readonly float: Spread;
  readonly tensorflow: Spread;
  /** TensorFlow.js ÷ this network, and ÷ the studio's own float32, per round. Above 1 is faster than TensorFlow.js. */
  readonly ratio: Spread;
  readonly floatRatio: Spread;
  readonly rounds: number;
  /** What ran: "tfjs 4.22.0 on WebAssembly with SIMD, 1 thread". */
  readonly backend: string;
  readonly environment: string;
  /** Largest difference of the two float32 answers, as a share of the largest answer: they are the same network. */
  readonly difference: number;
}

/** What every layer costs at every rung it can take, measured here. */
export interface LadderCosts {
  readonly rows: readonly { readonly layer: NodeId; readonly scheme: SchemeId; readonly cost: Cost }[];
  /** In float32 and on an int8 grid. */
  readonly operators: OperatorCosts;
  readonly conversions: ConversionCosts;
  readonly environment: string;
}

export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

export interface LayerInsight {
  readonly layer: NodeId;
  readonly picture: WeightPicture;
  /** By output channel: SQNR of the weights in dB, or, of a float32 layer, their largest magnitude. */
  readonly channels: { readonly measure: 'sqnr' | 'peak'; readonly values: Float32Array };
  readonly input: Histogram | null;
  readonly inputClip: Interval | null;
  readonly inputClippedShare: number;
  /** One-bit inputs: the level from which on a bit is 1; median and the middle eight tenths over channels. */
  readonly inputThresholds: { readonly median: number; readonly low: number; readonly high: number } | null;
  /** Signal to quantisation noise of the weights in dB, for every scheme the layer can take. */
  readonly weightSqnr: Readonly<Partial<Record<SchemeId, number>>>;
}

export interface TrainProgress extends TrainingReport {
  /** What runs it: "tfjs 4.22.0 on WebAssembly with relaxed SIMD, 2 threads". */
  readonly backend: string;
}

export interface TrainResult {
  readonly state: NetworkState;
  readonly history: readonly HistoryEntry[];
  /** Of the deployed runtime on the held-out validation samples. */
  readonly deployed: Evaluation;
  /** Of the fake-quantised graph on the same samples. */
  readonly simulatedAccuracy: number;
  readonly backend: string;
}

/** A project with everything that was measured and trained in it. */
export interface ProjectToSave {
  readonly history: HistoryRecord;
  readonly models: ReadonlyMap<string, Model>;
  readonly calibrations: readonly Calibration[];
  readonly work: SavedWork;
}

export interface NamedBlob {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface PackedProject {
  /** The whole file; for a journal the text alone. */
  readonly document: Uint8Array<ArrayBuffer>;
  /** For a journal: every blob that the text needs, and those of them that were not known. */
  readonly names: readonly string[];
  readonly blobs: readonly NamedBlob[];
}

export interface OpenedProject extends Omit<OpenedContent, 'work' | 'attachment'> {
  readonly work: SavedWork;
  /** Results that could not be read and are measured again. */
  readonly lost: number;
}

type Context<P> = ServiceContext<P>;
/** Test samples of the first answer after an edit, whose values are kept for the next one. */
export const PROBES = 1000;

export interface CountProgress {
  readonly done: number;
  readonly total: number;
}

/** All heavy work of the studio, one function a job. The table with the implementations is `index.ts`. */
export type Jobs = {
  readonly importModel: (arg: { readonly files: readonly NamedFile[] }, context: Context<CountProgress>) => Promise<ImportedModel>;
  /** `archive` is the sample network's file, which the surroundings ship; the images are drawn here. */
  readonly openSample: (
    arg: { readonly archive: Uint8Array; readonly trainCount?: number; readonly testCount?: number },
    context: Context<CountProgress>,
  ) => Promise<{ readonly imported: ImportedModel; readonly data: DataSet; readonly preprocess: PreprocessId }>;
  /** With a model, tries every preprocessing on labelled samples and says which the network was trained with. */
  readonly openData: (arg: DataToOpen, context: Context<CountProgress>) => Promise<OpenedDataSet>;
  /** Classes, labels, leakage, repetitions; with a network that runs also how far int8 is from float32 by the number of calibration samples. */
  readonly checkData: (
    arg: { readonly data: DataSet; readonly model?: Model; readonly preprocess?: PreprocessId },
    context: Context<CountProgress>,
  ) => Promise<DataCheckResult>;
  /** Places of the boxes and lines of a drawing. */
  readonly layoutGraph: (arg: LayoutRequest, context: Context<never>) => Promise<LayoutResult>;
  /** One float pass over the calibration samples: ranges of every value and per-channel statistics. */
  readonly calibrate: (
    arg: { readonly model: Model; readonly data: DataSet; readonly preprocess: PreprocessId; readonly samples: number; readonly grids?: StatedGrids },
    context: Context<CountProgress>,
  ) => Promise<Calibration>;
  /** Runs the deployed network with integer arithmetic. Reports a running evaluation. */
  readonly evaluate: (
    arg: {
      readonly state: NetworkState;
      /** The float network, for divergence and agreement; omit to skip both. */
      readonly reference?: Model;
      readonly data: DataSet;
      readonly preprocess: PreprocessId;
      readonly offset: number;
      readonly limit: number;
      /** Stops after the sample that takes longer than this, counted from the start: what was answered until then is the result. */
      readonly withinMs?: number;
      /** The plan that is being edited: its first PROBES samples are computed from where it differs from the plan before, and kept. */
      readonly follow?: boolean;
    },
    context: Context<CountProgress & { readonly correct: number }>,
  ) => Promise<Evaluation>;
  readonly measureSpeed: (
    arg: { readonly state: NetworkState; readonly reference: Model; readonly rounds: number },
    context: Context<CountProgress>,
  ) => Promise<SpeedMeasurement>;
  readonly inspectLayer: (arg: { readonly state: NetworkState; readonly layer: NodeId }, context: Context<never>) => Promise<LayerInsight>;
  readonly inspectChannel: (arg: { readonly state: NetworkState; readonly layer: NodeId; readonly channel: number }, context: Context<never>) => Promise<WeightPicture>;
  /** Runs the layer's choice alone beside the float network. Without data, weights are all that is looked at. */
  readonly diagnoseLayer: (arg: { readonly state: NetworkState; readonly layer: NodeId; readonly hasData: boolean }, context: Context<never>) => Promise<LayerDiagnosis>;
  /** Deploys the network once for each other choice of the layer and runs the probe images. Streams the trials. */
  readonly tryFixes: (
    arg: {
      readonly state: NetworkState;
      readonly reference: Model;
      readonly layer: NodeId;
      readonly choices: readonly LayerChoice[];
      readonly data: DataSet;
      readonly preprocess: PreprocessId;
      readonly samples: number;
    },
    context: Context<CountProgress & { readonly trial?: FixTrial; readonly baseline?: ProbeSummary }>,
  ) => Promise<FixTrials>;
  /** Which layers make the difference between two networks, on the first test images. Streams what is known so far. */
  readonly explainGap: (arg: GapQuestion, context: Context<CountProgress & { readonly soFar?: Gap }>) => Promise<Gap>;
  /** Streams one cell per layer and scheme. Cells that are known are not measured again. */
  readonly sensitivity: (
    arg: {
      readonly model: Model;
      readonly calibration: Calibration;
      readonly data: DataSet;
      readonly preprocess: PreprocessId;
      readonly samples: number;
      /** Default: alone. */
      readonly definition?: SensitivityDefinition;
      readonly known?: readonly SensitivityCell[];
    },
    context: Context<CountProgress & { readonly cell: SensitivityCell }>,
  ) => Promise<readonly SensitivityCell[]>;
  /** Plans from the sensitivities of single layers, by an exact solver over exact bytes and measured milliseconds. */
  readonly searchPlans: (
    arg: {
      readonly graph: Graph;
      /** Layers that keep their choice. */
      readonly locked: Plan;
      /** Alone; precisions that lack one are not chosen. */
      readonly cells: readonly SensitivityCell[];
      /** Needed for a budget in milliseconds and for a front over them. */
      readonly costs: NetworkCosts | null;
      readonly budgets: PlanBudgets;
      readonly over: 'bytes' | 'milliseconds';
      readonly points: number;
      /** One precision for layers whose results meet in an add. */
      readonly tied: boolean;
    },
    context: Context<CountProgress>,
  ) => Promise<SearchResult>;
  /**
   * Looks around a plan: every single exchange of a precision is measured in it, and the solver asked again, as long as that
   * brings the network nearer to the float one. What layers do together is in it, which sums of single layers leave out.
   */
  readonly refinePlan: (
    arg: {
      readonly model: Model;
      readonly calibration: Calibration;
      readonly data: DataSet;
      readonly preprocess: PreprocessId;
      readonly samples: number;
      readonly plan: Plan;
      readonly locked: Plan;
      readonly costs: NetworkCosts | null;
      readonly budgets: PlanBudgets;
      readonly tied: boolean;
      readonly rounds: number;
    },
    context: Context<CountProgress>,
  ) => Promise<RefinedPlan>;
  /** The forecast's kernel table. It depends on the shapes alone. */
  readonly measureLadder: (arg: { readonly graph: Graph }, context: Context<CountProgress>) => Promise<LadderCosts>;
  /** Loads TensorFlow.js, so only where a person asks for it. */
  readonly measureBaselines: (
    arg: { readonly state: NetworkState; readonly reference: Model; readonly rounds: number; readonly environment: JobEnvironment },
    context: Context<CountProgress>,
  ) => Promise<BaselineMeasurement>;
  readonly train: (
    arg: {
      readonly state: NetworkState;
      readonly teacher: Model;
      readonly data: DataSet;
      readonly preprocess: PreprocessId;
      readonly recipe: OptionValues;
      /** Frozen layers, and those pruned otherwise than the recipe says. Default: none. */
      readonly layers?: ChoicesByLayer;
      readonly seed: number;
      readonly environment: JobEnvironment;
      /** A checkpoint of this run; recipe and plan may have changed since. */
      readonly resume?: Uint8Array;
      /** Longest time between two checkpoints; there is one at the end of each epoch besides. */
      readonly checkpointSeconds?: number;
    },
    context: Context<TrainProgress>,
  ) => Promise<TrainResult>;
  readonly exportNetwork: (
    arg: ExportSubject & { readonly target: string; readonly proofSamples: number },
    context: Context<CountProgress & { readonly row?: ProofRow }>,
  ) => Promise<ExportResult>;
  /** What another process proves a target with: the packed network, and samples as it takes them, float32. */
  readonly proofInput: (arg: ExportSubject & { readonly samples: number }, context: Context<never>) => Promise<{ readonly packed: Uint8Array; readonly samples: Uint8Array | null; readonly count: number }>;
  /** Every export target beside the network, in memory. */
  readonly checkTargets: (arg: ExportSubject, context: Context<CountProgress & { readonly check: TargetCheck }>) => Promise<{ readonly checks: readonly TargetCheck[]; readonly arena: ArenaUse }>;
  /** What goes into a package beside the files of its target, which are listed with what the proof found. */
  readonly packageFiles: (
    arg: ExportSubject & {
      readonly target: ExporterId;
      readonly contents: readonly ContentId[];
      readonly files: readonly { readonly path: string; readonly bytes: number }[];
      readonly proof: ExportResult['proof'] | null;
      /** What the target lowers, as sentences. */
      readonly findings: readonly string[];
    },
    context: Context<CountProgress>,
  ) => Promise<readonly ExportFile[]>;
  /** `known`: blobs that the journal has already; null packs a whole file. */
  readonly packProject: (arg: ProjectToSave & { readonly known: readonly string[] | null }, context: Context<never>) => Promise<PackedProject>;
  /** Of a file, or of the pieces that a journal keeps. */
  readonly openProject: (
    arg: { readonly fileName: string; readonly source: { readonly bytes: Uint8Array } | { readonly document: Uint8Array<ArrayBuffer>; readonly blobs: readonly NamedBlob[] } },
    context: Context<never>,
  ) => Promise<OpenedProject>;
};
