import type { ConversionCosts, OperatorCosts } from '../bench/cost-table.ts';
import type { Spread } from '../bench/interleave.ts';
import { fields, finite, integer, isRecord, listOf, nullable, oneOf, recordOf, text, type Check } from '../base/checks.ts';
import { sha256 } from '../base/hash.ts';
import type { NodeId } from '../graph/graph.ts';
import { checkValues, type OptionValues } from '../quant/fields.ts';
import { SCHEME_IDS } from '../schemes/index.ts';
import type { Plan, SchemeId } from '../schemes/scheme.ts';
import type { ChoicesByLayer } from '../train/layer-choices.ts';
import { RECIPE_FIELDS } from '../train/recipe.ts';
import type { BaselineMeasurement, Evaluation, ImportReport, Interval, LayerTiming, SpeedMeasurement } from './contract.ts';
import type { OutputNoise, SensitivityCell } from '../analysis/sensitivity/cells.ts';

type PerLayer<T> = Readonly<Record<NodeId, Readonly<Partial<Record<SchemeId, T>>>>>;
type ByKey<T> = Readonly<Record<string, T>>;

/** A run that stopped and can go on: its choices and its newest checkpoint. */
export interface SavedRun {
  readonly name: string;
  readonly plan: Plan;
  readonly recipe: OptionValues;
  readonly choices: ChoicesByLayer;
  readonly seed: number;
  readonly checkpoint: { readonly step: number; readonly steps: number; readonly epoch: number; readonly savedAtMs: number };
  readonly bytes: Uint8Array;
}

/** What a person would have to wait for again, and what they chose for training. */
export interface SavedWork {
  readonly training: { readonly recipe: OptionValues; readonly choices: ChoicesByLayer; readonly seed: number };
  /** By the key of network and data. */
  readonly runs: ByKey<SavedRun>;
  readonly calibrationHashes: ByKey<string>;
  readonly evaluations: ByKey<Evaluation>;
  readonly sensitivities: ByKey<PerLayer<SensitivityCell>>;
  readonly reports: ByKey<ImportReport>;
  readonly timings: SavedTimings;
}

/** True on the machine that they were measured on, and nowhere else. */
export interface SavedTimings {
  readonly machine: string;
  readonly speeds: ByKey<SpeedMeasurement>;
  readonly baselines: ByKey<BaselineMeasurement>;
  readonly ladders: ByKey<PerLayer<number>>;
  readonly operators: OperatorCosts;
  readonly conversions: ConversionCosts | null;
}

/** As plain JSON, its byte arrays apart and named by their SHA-256. Keys are sorted: the order of measuring leaves no trace. */
export function encodeWork(work: SavedWork): { readonly work: Readonly<Record<string, unknown>>; readonly attachments: ReadonlyMap<string, Uint8Array> } {
  const attachments = new Map<string, Uint8Array>();
  const attach = (bytes: Uint8Array): string => {
    const name = sha256(bytes);
    attachments.set(name, bytes);
    return name;
  };
  const evaluations = mapped(work.evaluations, (evaluation) => ({ ...evaluation, predictions: attach(bytesOf(evaluation.predictions)) }));
  const runs = mapped(work.runs, (run) => ({ ...run, bytes: attach(run.bytes) }));
  const { speeds, baselines, ladders, operators } = work.timings;
  const timings = { ...work.timings, speeds: sorted(speeds), baselines: sorted(baselines), ladders: sorted(ladders), operators: sorted(operators) };
  const rest = { calibrationHashes: sorted(work.calibrationHashes), sensitivities: sorted(work.sensitivities), reports: sorted(work.reports) };
  return { work: { training: work.training, runs, evaluations, ...rest, timings }, attachments };
}

/** What does not fit is left out, to be measured again: it is no reason to refuse a project. `lost` counts it. */
export function decodeWork(work: Readonly<Record<string, unknown>>, attachment: (hash: string) => Uint8Array | null): { readonly work: SavedWork; readonly lost: number } {
  let lost = 0;
  const fitting = <T>(value: unknown, check: Check, finish: (item: T) => T | null = (item) => item): ByKey<T> => {
    const kept: [string, T][] = [];
    for (const [key, item] of Object.entries(isRecord(value) ? value : {})) {
      const finished = key !== '__proto__' && check(item, key) === null ? finish(item as T) : null;
      if (finished === null) lost++;
      else kept.push([key, finished]);
    }
    return Object.fromEntries(kept);
  };
  const attached = (name: unknown): Uint8Array<ArrayBuffer> | null => (typeof name === 'string' ? (attachment(name)?.slice() ?? null) : null);
  const timings = isRecord(work['timings']) ? work['timings'] : {};
  const training = isTraining(work['training'], 'training') === null ? (work['training'] as SavedWork['training']) : NO_TRAINING;
  return {
    work: {
      training: checkValues(RECIPE_FIELDS, training.recipe).problem === null ? training : NO_TRAINING,
      runs: fitting<SavedRun>(work['runs'], isRun, (run) => {
        const bytes = attached(run.bytes);
        return bytes && { ...run, bytes };
      }),
      calibrationHashes: fitting<string>(work['calibrationHashes'], text(64)),
      evaluations: fitting<Evaluation>(work['evaluations'], isEvaluation, (evaluation) => {
        const bytes = attached(evaluation.predictions);
        return bytes?.length === evaluation.count * 4 ? { ...evaluation, predictions: new Int32Array(bytes.buffer) } : null;
      }),
      sensitivities: fitting(work['sensitivities'], perLayer(isCell)),
      reports: fitting(work['reports'], isReport),
      timings: {
        machine: typeof timings['machine'] === 'string' ? timings['machine'] : '',
        speeds: fitting(timings['speeds'], isSpeed),
        baselines: fitting(timings['baselines'], isBaseline),
        ladders: fitting(timings['ladders'], perLayer(finite)),
        operators: fitting(timings['operators'], finite),
        conversions: recordOf(finite, 20)(timings['conversions'], 'conversions') === null ? (timings['conversions'] as ConversionCosts) : null,
      },
    },
    lost,
  };
}

const NO_TRAINING: SavedWork['training'] = { recipe: {}, choices: {}, seed: 1 };
const MOST_LAYERS = 100_000;

const isValues = recordOf((value, where) => (['number', 'string', 'boolean'].includes(typeof value) ? null : `${where} is no option`), 500);
const isChoices = recordOf((value, where) => (isRecord(value) && isValues(value, where) === null ? null : `${where} is no choice`), MOST_LAYERS);
const isTraining = fields<SavedWork['training']>({ recipe: isValues, choices: isChoices, seed: integer(0, 2 ** 53) });
const isRun = fields<SavedRun>({
  name: text(),
  plan: recordOf((choice, where) => (isRecord(choice) && SCHEME_IDS.includes(choice['scheme'] as SchemeId) ? null : `${where} has no scheme`), MOST_LAYERS),
  recipe: isValues,
  choices: isChoices,
  seed: integer(0, 2 ** 53),
  checkpoint: fields<SavedRun['checkpoint']>({ step: finite, steps: finite, epoch: finite, savedAtMs: finite }),
  bytes: text(64),
});
const isEvaluation = fields<Evaluation>({
  count: integer(0, 1e9),
  correct: integer(0, 1e9),
  accuracy: finite,
  measure: oneOf(['accuracy', 'agreement']),
  interval: fields<Interval>({ low: finite, high: finite }),
  predictions: text(64),
  divergence: finite,
  milliseconds: finite,
});
const isSpread = fields<Spread>({ median: finite, lowerQuartile: finite, upperQuartile: finite });
const isReason: Check = (value, where) => (isRecord(value) && typeof value['kind'] === 'string' ? null : `${where} is no reason`);
const isTiming = fields<LayerTiming>({
  layer: text(),
  scheme: oneOf(SCHEME_IDS),
  milliseconds: finite,
  floatMilliseconds: finite,
  conversionMilliseconds: finite,
  kernel: text(),
  reasons: listOf(isReason, 100),
});
const isSpeed = fields<SpeedMeasurement>({
  milliseconds: finite,
  floatMilliseconds: finite,
  ratio: isSpread,
  rounds: finite,
  threads: finite,
  environment: text(),
  layers: listOf(isTiming, MOST_LAYERS),
  reasons: listOf(isReason, 100),
});
const isBaseline = fields<BaselineMeasurement>({
  current: isSpread,
  float: isSpread,
  tensorflow: isSpread,
  ratio: isSpread,
  floatRatio: isSpread,
  rounds: finite,
  backend: text(),
  environment: text(),
  difference: finite,
});
const isCell = fields<SensitivityCell>({
  layer: text(),
  scheme: oneOf(SCHEME_IDS),
  definition: oneOf(['alone', 'without']),
  divergence: finite,
  accuracyChange: finite,
  lossChange: nullable(finite),
  noise: nullable(fields<OutputNoise>({ both: finite, weights: finite, activations: finite })),
});
const isReport = fields<ImportReport>({
  format: text(),
  layers: finite,
  parameters: finite,
  floatBytes: finite,
  multiplyAccumulates: finite,
  folds: listOf(text(10_000), MOST_LAYERS),
  unknown: listOf(fields<ImportReport['unknown'][number]>({ node: text(), op: text() }), MOST_LAYERS),
  refusals: listOf(fields<ImportReport['refusals'][number]>({ layer: text(), scheme: oneOf(SCHEME_IDS), reason: text(10_000) }), 6 * MOST_LAYERS),
  runs: (value, where) => value === true || typeof value === 'string' ? null : `${where} is neither true nor a reason`,
});

function perLayer(check: Check): Check {
  return recordOf(recordOf(check, SCHEME_IDS.length), MOST_LAYERS);
}

function bytesOf(values: Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function mapped<T, R>(record: ByKey<T>, change: (item: T) => R): ByKey<R> {
  return Object.fromEntries(Object.entries(sorted(record)).map(([key, item]) => [key, change(item)]));
}

function sorted<T>(record: ByKey<T>): ByKey<T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
