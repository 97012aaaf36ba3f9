import { strFromU8, strToU8 } from 'fflate';
import { anything, fields, finite, instanceOf, integer, isRecord, listOf, optional, recordOf, text } from '../base/checks.ts';
import { StudioError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import { joined } from '../base/joined.ts';
import { readZip } from '../base/zip.ts';
import { elementCount, type Graph, type Model } from '../graph/graph.ts';
import { canonicalWeightIds, hashModel, parse, print, weightBytes } from '../graph/print.ts';
import { verifyModel } from '../graph/verify.ts';
import type { Calibration, LayerStatistics, TrainedScale, ValueStatistics } from '../quant/calibration.ts';
import { decodeMessage, encodeMessage } from '../rpc/codec.ts';
import { writeZip } from './archive.ts';
import { withChanges, type Change } from './changes.ts';
import type { ProjectDocument } from './document.ts';
import { migrate, PROJECT_VERSION } from './migrations.ts';
import { createDocumentCheck, createProjectReader } from './read-document.ts';
import type { Project } from './schema.ts';

/** Named states of a project, as the first one and what each later one changes. */
export interface HistoryRecord {
  readonly base: ProjectDocument;
  readonly first: string;
  readonly steps: readonly { readonly name: string; readonly changes: readonly Change[] }[];
  /** The one that is shown; 0 is the base. */
  readonly index: number;
}

export interface ProjectContent {
  readonly history: HistoryRecord;
  /** By the hash of graph and weights. */
  readonly models: ReadonlyMap<string, Model>;
  readonly calibrations: readonly Calibration[];
  /** What was measured and trained: plain JSON for whoever knows what it means. It may name attachments. */
  readonly work: Readonly<Record<string, unknown>>;
  /** By SHA-256. */
  readonly attachments: ReadonlyMap<string, Uint8Array>;
}

/** A project in pieces: one text, and bytes by their content's hash. In a zip, or lying beside each other in a journal. */
export interface ProjectPieces {
  readonly document: Uint8Array<ArrayBuffer>;
  /** Every one that the document needs, in order. */
  readonly names: readonly string[];
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

export interface OpenedContent {
  readonly steps: readonly { readonly name: string; readonly project: Project }[];
  readonly index: number;
  readonly models: ReadonlyMap<string, Model>;
  readonly calibrations: readonly Calibration[];
  readonly work: Readonly<Record<string, unknown>>;
  readonly attachment: (hash: string) => Uint8Array | null;
}

const FORMAT = 'bitwright-project';
const DOCUMENT = 'project.json';
/** Says what the text must hash to: a zip's own check sums are not looked at. */
const SEAL = 'project.sha256.txt';
const BLOBS = 'blobs/';
const MOST_BYTES = 2 ** 31;
const MOST_BLOBS = 50_000;
const MOST_STEPS = 1000;

/** Blobs in `known` are somewhere already and are left out. */
export function encodeProject({ history, models, calibrations, work, attachments }: ProjectContent, known: ReadonlySet<string> = new Set()): ProjectPieces {
  const blobs = new Map<string, Uint8Array>();
  const names = new Set<string>();
  const put = (name: string, bytes: () => Uint8Array): void => {
    names.add(name);
    if (!known.has(name) && !blobs.has(name)) blobs.set(name, bytes());
  };
  const sortedModels = sortedBy([...models], ([hash]) => hash);
  for (const [hash, model] of sortedModels) put(hash, () => weightsOf(model));
  const measured = sortedBy(calibrations, ({ hash }) => hash).map((calibration) => {
    const bytes = encodeMessage(calibration);
    const name = sha256(bytes);
    put(name, () => bytes);
    return name;
  });
  for (const [name, bytes] of sortedBy([...attachments], ([hash]) => hash)) put(name, () => bytes);
  const stored = {
    format: FORMAT,
    version: PROJECT_VERSION,
    history,
    networks: Object.fromEntries(sortedModels.map(([hash, { graph }]) => [hash, print(graph).split('\n').slice(0, -1)])),
    calibrations: measured,
    work,
    blobs: [...names],
  };
  return { document: strToU8(`${JSON.stringify(stored, null, 1)}\n`) as Uint8Array<ArrayBuffer>, names: [...names], blobs };
}

/** `.bitproj`: a zip whose bytes depend on nothing but the content. `pieces` must have all its blobs. */
export function zipProject({ document, names, blobs }: ProjectPieces): Uint8Array<ArrayBuffer> {
  const entries: Record<string, Uint8Array> = { [DOCUMENT]: document, [SEAL]: strToU8(`${sha256(document)}\n`) };
  for (const name of names) entries[BLOBS + name] = blobs.get(name) as Uint8Array;
  return writeZip(entries);
}

export function unzipProject(bytes: Uint8Array, fileName: string): Pick<ProjectPieces, 'document' | 'blobs'> {
  const entries = readZip(bytes, fileName, MOST_BYTES);
  const [document, seal] = [entries[DOCUMENT], entries[SEAL]];
  if (!document || !seal) throw unreadable(fileName, `it holds no ${document ? SEAL : DOCUMENT}`);
  if (strFromU8(seal).trim() !== sha256(document)) throw unreadable(fileName, `${DOCUMENT} is not what was written (its hash differs)`);
  const blobs = Object.entries(entries).filter(([name]) => name.startsWith(BLOBS));
  return { document: document as Uint8Array<ArrayBuffer>, blobs: new Map(blobs.map(([name, content]) => [name.slice(BLOBS.length), content])) };
}

interface StoredContent {
  readonly format: string;
  readonly history: HistoryRecord;
  readonly networks: Readonly<Record<string, readonly string[]>>;
  readonly calibrations: readonly string[];
  readonly work: Readonly<Record<string, unknown>>;
  readonly blobs: readonly string[];
}

const isStored = fields<StoredContent>({
  format: anything,
  history: fields<HistoryRecord>({
    base: anything,
    first: text(),
    steps: listOf(fields<HistoryRecord['steps'][number]>({ name: text(), changes: listOf(isChange, 100_000) }), MOST_STEPS),
    index: integer(0, MOST_STEPS),
  }),
  networks: recordOf(listOf(text(1_000_000), 1_000_000), 2000),
  calibrations: listOf(text(64), 2000),
  work: recordOf(anything, 100),
  blobs: listOf(text(64), MOST_BLOBS),
});

function isChange(value: unknown, where: string): string | null {
  const isPath = Array.isArray(value) && (value.length === 1 || value.length === 2) && Array.isArray(value[0]) && value[0].length <= 20;
  return isPath && (value[0] as unknown[]).every((name) => typeof name === 'string') ? null : `${where} is no change`;
}

/** Reads without trusting: what does not fit is a sentence that names the file. */
export function decodeProject({ document, blobs }: Pick<ProjectPieces, 'document' | 'blobs'>, fileName: string): OpenedContent {
  const fail = (reason: string, cause?: unknown): never => {
    throw unreadable(fileName, reason, cause);
  };
  const stored = attempt(() => JSON.parse(strFromU8(document)) as unknown, (error) => fail(`${DOCUMENT} is not JSON`, error));
  if (!isRecord(stored) || stored['format'] !== FORMAT) return fail(`${DOCUMENT} describes something else`);
  const current = migrate(stored, fileName);
  const problem = isStored(current, DOCUMENT);
  if (problem !== null) return fail(problem);
  const { history, networks, calibrations: measured, work } = current as unknown as StoredContent;
  /** Named by the SHA-256 of its bytes, so it can be looked at as it is. */
  const attachment = (name: string): Uint8Array | null => {
    const bytes = blobs.get(name);
    return bytes && sha256(bytes) === name ? bytes : null;
  };
  const models = new Map(Object.entries(networks).map(([hash, lines]) => [hash, readModel(hash, lines, blobs.get(hash), fail)]));
  const calibrations = measured.map((name) => readCalibration(attachment(name), fail));
  const steps = attempt(
    () => readSteps(history, new Map([...models].map(([hash, { graph }]) => [hash, graph])), fail),
    (error) => (error instanceof StudioError ? fail(error.message.replace(/\.$/, ''), error) : fail(String(error), error)),
  );
  if (history.index >= steps.length) return fail('the step that it shows is missing');
  const known = new Set(calibrations.map(({ hash }) => hash));
  for (const { project } of steps) {
    const lost = Object.values(project.variants).find(({ trained }) => trained && !known.has(trained.calibrationHash));
    if (lost) return fail(`the activation ranges of ${lost.name} are missing`);
  }
  return { steps, index: history.index, models, calibrations, work, attachment };
}

function readSteps({ base, first, steps }: HistoryRecord, graphs: ReadonlyMap<string, Graph>, fail: (reason: string) => never): OpenedContent['steps'] {
  const problemOf = createDocumentCheck(graphs);
  const read = createProjectReader(graphs);
  let document: unknown = base;
  const opened = (name: string): OpenedContent['steps'][number] => {
    const problem = problemOf(document);
    return problem === null ? { name, project: read(document as ProjectDocument) } : fail(problem);
  };
  const shown = [opened(first)];
  for (const { name, changes } of steps) {
    document = withChanges(document as object, changes);
    shown.push(opened(name));
  }
  return shown;
}

function weightsOf({ graph, weights }: Model): Uint8Array {
  return joined(canonicalWeightIds(graph).map((id) => weightBytes(weights.get(id) as Float32Array)));
}

function readModel(hash: string, lines: readonly string[], bytes: Uint8Array | undefined, fail: (reason: string, cause?: unknown) => never): Model {
  if (!bytes) return fail(`the weights ${hash.slice(0, 12)}… are missing`);
  const model = attempt(
    () => {
      const graph = parse(lines.join('\n'));
      const ids = canonicalWeightIds(graph);
      const total = ids.reduce((sum, id) => sum + elementCount(graph.weights[id].shape) * 4, 0);
      if (total !== bytes.length) return fail(`its weights are ${bytes.length} bytes where the network has ${total}`);
      // One buffer of its own, cut into views: it can be handed over without a copy.
      const values = new Float32Array(bytes.slice().buffer);
      let offset = 0;
      const weights = new Map(ids.map((id) => {
        const count = elementCount(graph.weights[id].shape);
        return [id, values.slice(offset, (offset += count))] as const;
      }));
      const read = { graph, weights };
      verifyModel(read);
      return read;
    },
    (error) => fail(error instanceof Error ? error.message.replace(/\.$/, '') : String(error), error),
  );
  return hashModel(model) === hash ? model : fail('its weights are not what was written (their hash differs)');
}

const values = instanceOf(Float32Array);
const isCalibration = fields<Calibration>({
  samples: finite,
  values: recordOf(
    fields<ValueStatistics>({
      minimum: finite,
      maximum: finite,
      grid: fields<ValueStatistics['grid']>({ scale: finite, zeroPoint: finite }),
      histogram: fields<ValueStatistics['histogram']>({ low: finite, high: finite, counts: listOf(finite, 10_000) }),
      twoLevel: fields<ValueStatistics['twoLevel']>({ centre: values, halfStep: values }),
    }),
    100_000,
  ),
  layers: recordOf(fields<LayerStatistics>({ mean: values, variance: values }), 100_000),
  matched: optional(recordOf(fields<LayerStatistics>({ mean: values, variance: values }), 100_000)),
  images: values,
  weightScales: optional(recordOf(fields<TrainedScale>({ scheme: text(40), scale: values, levels: optional(instanceOf(Int32Array)) }), 100_000)),
  hash: text(64),
});

function readCalibration(bytes: Uint8Array | null, fail: (reason: string, cause?: unknown) => never): Calibration {
  if (!bytes) return fail('activation ranges are missing or damaged');
  const calibration = attempt(() => decodeMessage(bytes), (error) => fail('activation ranges cannot be decoded', error));
  const problem = isCalibration(calibration, 'activation ranges');
  return problem === null ? (calibration as Calibration) : fail(problem);
}

function attempt<T>(work: () => T, otherwise: (error: unknown) => T): T {
  try {
    return work();
  } catch (error) {
    return error instanceof StudioError && error.next === NEXT ? rethrow(error) : otherwise(error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}

const NEXT = 'Open a copy of it, or save it again.';

function unreadable(fileName: string, reason: string, cause?: unknown): StudioError {
  return new StudioError(`${fileName} is not a readable project: ${reason}.`, { where: fileName, next: NEXT, cause });
}

const sortedBy = <T>(items: readonly T[], key: (item: T) => string): readonly T[] => items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
