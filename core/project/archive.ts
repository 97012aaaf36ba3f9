import { strFromU8, strToU8, zipSync, type Zippable } from 'fflate';
import { StudioError } from '../base/errors.ts';
import { readZip } from '../base/zip.ts';
import { elementCount, type Model } from '../graph/graph.ts';
import { canonicalWeightIds, hashModel, parse, print, weightBytes } from '../graph/print.ts';
import { verifyModel } from '../graph/verify.ts';

/** Facts stored beside a network: how it was trained, what it reached. Plain JSON. */
export type ArchiveMeta = Readonly<Record<string, unknown>>;

/** The earliest date a zip can hold, in local time as the format has it: the same bytes on every machine and day. */
const FIXED_DATE = new Date(1980, 0, 1);
const FORMAT = 'bitwright-model';
const VERSION = 1;

/** Float weights hardly shrink; text does. */
const isText = (name: string): boolean => name.endsWith('.json') || name.endsWith('.txt');

/** A zip whose bytes depend on nothing but the content. Entries keep their order. */
export function writeZip(entries: Readonly<Record<string, Uint8Array>>, shrinks: (name: string) => boolean = isText): Uint8Array<ArrayBuffer> {
  const files: Zippable = {};
  for (const [name, bytes] of Object.entries(entries)) {
    files[name] = [bytes, { mtime: FIXED_DATE, level: shrinks(name) ? 6 : 0, os: 0, attrs: 0 }];
  }
  return zipSync(files) as Uint8Array<ArrayBuffer>;
}

/** `.bitmodel`: model.json (format, hash of the network, canonical text of the graph, offsets), weights.bin (float32, little-endian), meta.json. */
export function writeModelArchive(model: Model, meta: ArchiveMeta | null = null): Uint8Array {
  const ids = canonicalWeightIds(model.graph);
  const total = ids.reduce((sum, id) => sum + elementCount(model.graph.weights[id].shape), 0);
  const values = new Float32Array(total);
  let offset = 0;
  const offsets: Record<string, number> = {};
  for (const id of ids) {
    const weight = model.weights.get(id) as Float32Array;
    offsets[id] = offset * 4;
    values.set(weight, offset);
    offset += weight.length;
  }
  const description = { format: FORMAT, version: VERSION, hash: hashModel(model), graph: print(model.graph).split('\n').slice(0, -1), offsets };
  return writeZip({
    'model.json': strToU8(`${JSON.stringify(description, null, 1)}\n`),
    'weights.bin': weightBytes(values),
    ...(meta ? { 'meta.json': strToU8(`${JSON.stringify(meta, null, 1)}\n`) } : {}),
  });
}

export function readModelArchive(bytes: Uint8Array, name = 'The network'): { readonly model: Model; readonly meta: ArchiveMeta | null } {
  const entries = readZip(bytes, name);
  const fail = (reason: string, cause?: unknown): never => {
    throw new StudioError(`${name} is not a readable Bitwright network: ${reason}.`, {
      where: name,
      next: 'Save or download it again; a file of a newer version needs the newer studio.',
      cause,
    });
  };
  const json = (entry: string): unknown => {
    if (!entries[entry]) return fail(`it holds no ${entry}`);
    try {
      return JSON.parse(strFromU8(entries[entry]));
    } catch (error) {
      return fail(`${entry} is not JSON`, error);
    }
  };
  const description = json('model.json');
  if (!isRecord(description) || description.format !== FORMAT) return fail('model.json describes something else');
  if (description.version !== VERSION) return fail(`its version is ${String(description.version)} where ${VERSION} can be read`);
  const { graph: lines, offsets } = description;
  if (!Array.isArray(lines) || !isRecord(offsets)) return fail('model.json has no graph');
  const weightFile = entries['weights.bin'] ?? fail('it holds no weights.bin');
  const model = readGraph(lines.join('\n'), offsets, weightFile, fail);
  if (description.hash !== hashModel(model)) return fail('its content is not what was written (the hash differs)');
  const meta = entries['meta.json'] ? json('meta.json') : null;
  return { model, meta: isRecord(meta) ? meta : null };
}

function readGraph(text: string, offsets: ArchiveMeta, bytes: Uint8Array, fail: (reason: string, cause?: unknown) => never): Model {
  try {
    const graph = parse(text);
    const weights = new Map<string, Float32Array>();
    for (const [id, { shape }] of Object.entries(graph.weights)) {
      const start = offsets[id];
      const length = elementCount(shape) * 4;
      if (typeof start !== 'number' || !Number.isInteger(start) || start < 0 || !(start + length <= bytes.length)) {
        return fail(`the weight "${id}" needs ${length} bytes at offset ${String(start)}, but weights.bin has ${bytes.length}`);
      }
      weights.set(id, new Float32Array(bytes.slice(start, start + length).buffer));
    }
    const model = { graph, weights };
    verifyModel(model);
    return model;
  } catch (error) {
    if (error instanceof StudioError) throw error;
    // Attributes of another type than the operator has end here.
    return fail(error instanceof Error ? error.message : String(error), error);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
