import { strFromU8, strToU8 } from 'fflate';
import { StudioError } from '../base/errors.ts';
import { readZip } from '../base/zip.ts';
import { PREPROCESS, type PreprocessId } from '../data/data-set.ts';
import { layersOf, type Graph, type Model } from '../graph/graph.ts';
import type { Calibration } from '../quant/calibration.ts';
import { checkValues } from '../quant/fields.ts';
import { decodeMessage, encodeMessage } from '../rpc/codec.ts';
import { SCHEMES, isSchemeId } from '../schemes/index.ts';
import type { Plan } from '../schemes/scheme.ts';
import { isTraining } from './recipe-file.ts';
import type { TrainingFacts } from './schema.ts';
import { readModelArchive, writeModelArchive, writeZip } from './archive.ts';

/** One network with its precisions, on its own in a file (`.bitvar`, recognised by content): what quantising and training write and everything reads. */
export interface VariantFile {
  readonly name: string;
  readonly model: Model;
  readonly plan: Plan;
  readonly calibration: Calibration;
  /** The float network it came from, for comparison; the model itself where only precisions were chosen. */
  readonly reference: Model;
  readonly preprocess: PreprocessId;
  /** How it was trained; absent where it was not, and in files from before this was kept. */
  readonly training?: TrainingFacts;
}

const FORMAT = 'bitwright-variant';
const VERSION = 1;
const ENTRY = 'variant.json';

/** A zip with bytes that depend on the content alone: variant.json, network.bitmodel, calibration.bin, reference.bitmodel. */
export function writeVariant({ name, model, plan, calibration, reference, preprocess, training }: VariantFile): Uint8Array {
  return writeZip({
    [ENTRY]: strToU8(`${JSON.stringify({ format: FORMAT, version: VERSION, name, preprocess, plan, training }, null, 1)}\n`),
    'network.bitmodel': writeModelArchive(model),
    'calibration.bin': encodeMessage(calibration),
    ...(reference === model ? {} : { 'reference.bitmodel': writeModelArchive(reference) }),
  });
}

/** Reads without trusting: what does not fit is a sentence that names the file. */
export function readVariant(bytes: Uint8Array, fileName: string): VariantFile {
  const fail = (reason: string, cause?: unknown): never => {
    throw new StudioError(`${fileName} is not a readable variant: ${reason}.`, { where: fileName, next: 'Make it again with "bitwright quantize" or "bitwright train".', cause });
  };
  const entries = readZip(bytes, fileName);
  const entry = (name: string): Uint8Array => entries[name] ?? fail(`it holds no ${name}`);
  const description = entry(ENTRY);
  const described = attempt(() => JSON.parse(strFromU8(description)) as unknown, () => fail(`${ENTRY} is not JSON`));
  if (!isRecord(described) || described['format'] !== FORMAT) return fail(`${ENTRY} describes something else`);
  if (described['version'] !== VERSION) return fail(`its version is ${String(described['version'])} where ${VERSION} can be read`);
  const { name, preprocess, plan, training } = described;
  if (typeof name !== 'string' || typeof preprocess !== 'string' || !Object.hasOwn(PREPROCESS, preprocess)) return fail('its name or preprocessing is missing');
  const { model } = readModelArchive(entry('network.bitmodel'), `${fileName}/network.bitmodel`);
  const stored = entries['reference.bitmodel'];
  const reference = stored ? readModelArchive(stored, `${fileName}/reference.bitmodel`).model : model;
  const problem = planProblem(plan, model.graph);
  if (problem !== null) return fail(problem);
  const untold = training === undefined ? null : isTraining(training, 'training');
  if (untold !== null) return fail(untold);
  const measured = entry('calibration.bin');
  const calibration = attempt(() => decodeMessage(measured), (error) => fail('its calibration cannot be decoded', error));
  if (!isCalibration(calibration)) return fail('its calibration is not one');
  return { name, model, plan: plan as Plan, calibration, reference, preprocess: preprocess as PreprocessId, ...(training === undefined ? {} : { training: training as TrainingFacts }) };
}

/** The first thing that does not fit, as part of a sentence; null where the plan is one for the graph. */
export function planProblem(plan: unknown, graph: Graph): string | null {
  if (!isRecord(plan)) return 'its plan is missing';
  const layers = new Set(layersOf(graph).map((layer) => layer.id));
  for (const [layer, choice] of Object.entries(plan)) {
    const { scheme, options = {} } = isRecord(choice) ? choice : {};
    if (!layers.has(layer)) return `its plan names a layer "${layer}" that the network does not have`;
    if (typeof scheme !== 'string' || !isSchemeId(scheme) || !isRecord(options)) return `its plan has no scheme for the layer "${layer}"`;
    const { problem } = checkValues(SCHEMES[scheme].options, options as Parameters<typeof checkValues>[1]);
    if (problem !== null) return `its plan for the layer "${layer}" does not fit: ${problem}`;
  }
  return null;
}

function isCalibration(value: unknown): value is Calibration {
  if (!isRecord(value)) return false;
  const { samples, values, layers, images, hash } = value;
  return typeof samples === 'number' && isRecord(values) && isRecord(layers) && images instanceof Float32Array && typeof hash === 'string';
}

function attempt<T>(work: () => T, otherwise: (error: unknown) => T): T {
  try {
    return work();
  } catch (error) {
    return otherwise(error);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
