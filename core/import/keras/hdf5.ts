import type { Dataset, Entity, Group } from 'h5wasm';
import { StudioError } from '../../base/errors.ts';
import { elementCount } from '../../graph/graph.ts';
import type { NewWeight } from '../builder.ts';
import { checkHdf5 } from './check-hdf5.ts';

export interface StoredWeight {
  /** As Keras names it, without ":0": the layer and the weight last ("block/conv/kernel"). */
  readonly name: string;
  readonly weight: NewWeight;
}

/** What a Keras 2 file holds: the network's description as JSON text, and the weights by the layers of the outermost network. */
export interface KerasFile {
  readonly config: string | null;
  readonly weights: ReadonlyMap<string, readonly StoredWeight[]>;
}

/** Deflate makes at most this many bytes of one; a larger claim is damage. */
const LARGEST_EXPANSION = 1032;

/** Networks within networks take a few groups each. */
const DEEPEST_GROUP = 64;
const MOST_GROUPS = 100_000;

let opened = 0;

export function readKerasFile(name: string, bytes: Uint8Array): Promise<KerasFile> {
  return withHdf5(name, bytes, (file) => readGroups(file, name, bytes.length));
}

/** Variables of every layer of a Keras 3 weights file, in their order, by the layer's path in it. */
export function readVariables(name: string, bytes: Uint8Array): Promise<ReadonlyMap<string, readonly NewWeight[]>> {
  return withHdf5(name, bytes, (file) => {
    const found = new Map<string, readonly NewWeight[]>();
    // A list of its own instead of recursion. Links may lead back to a group, and so on without end.
    const open: { readonly group: Group; readonly path: string; readonly depth: number }[] = [{ group: file, path: '', depth: 0 }];
    let seen = 0;
    for (let next = open.pop(); next; next = open.pop()) {
      if (next.depth > DEEPEST_GROUP || ++seen > MOST_GROUPS) {
        throw new StudioError(`The groups of ${name} lead back into each other.`, { where: `${name}, ${next.path.slice(0, 100)}`, next: 'Save the network again.' });
      }
      for (const key of next.group.keys()) {
        // What the optimiser remembers is no part of the network.
        if (next.path === '' && !LAYER_LISTS.includes(key)) continue;
        const entity = next.group.get(key);
        if (!isGroup(entity)) continue;
        if (key === 'vars') found.set(next.path, variablesOf(entity, next.path, name, bytes.length));
        else open.push({ group: entity, depth: next.depth + 1, path: `${next.path}${next.path === '' ? '' : '/'}${LAYER_LISTS.includes(key) ? 'layers' : key}` });
      }
    }
    return found;
  });
}

/** What Keras 3 and the releases before it call the list of layers. */
const LAYER_LISTS: readonly string[] = ['layers', '_layer_checkpoint_dependencies'];

function variablesOf(group: Group, path: string, name: string, fileBytes: number): readonly NewWeight[] {
  const variables: NewWeight[] = [];
  for (let i = 0; ; i++) {
    const dataset = group.get(String(i));
    if (!isDataset(dataset)) return variables;
    variables.push(readDataset(dataset, `${path}/${i}`, name, fileBytes));
  }
}

async function withHdf5<T>(name: string, bytes: Uint8Array, read: (file: Group) => T): Promise<T> {
  checkHdf5(name, bytes);
  const { default: h5wasm } = await import('h5wasm');
  const { FS } = await h5wasm.ready;
  const log = listenToLibrary(FS as unknown as LibraryStreams);
  const damaged = (cause: unknown): StudioError => {
    const reason = log.reason() ?? (cause instanceof Error ? cause.message : String(cause));
    return new StudioError(`${name} cannot be read as HDF5: ${reason} (the file has ${bytes.length} bytes).`, {
      where: name,
      next: 'The file is damaged or incomplete; download or save it again.',
      cause,
    });
  };
  const path = `keras-${++opened}.h5`;
  FS.writeFile(path, bytes);
  let file: InstanceType<typeof h5wasm.File> | null = null;
  try {
    file = new h5wasm.File(path, 'r');
    return read(file);
  } catch (error) {
    throw error instanceof StudioError ? error : damaged(error);
  } finally {
    try {
      file?.close();
    } catch {
      // A damaged file can refuse to close; its memory goes with the next line all the same.
    }
    FS.unlink(path);
    log.end();
  }
}

/** The part of Emscripten's file system that the library's messages go through: stream 2 is its standard error. */
interface LibraryStreams {
  readonly streams: readonly ({ readonly tty?: { readonly ops: { put_char: (terminal: unknown, code: number) => void } } } | null)[];
}

/** The HDF5 library explains a failure on its standard error, which would otherwise end up in the console. */
function listenToLibrary({ streams }: LibraryStreams): { readonly reason: () => string | null; readonly end: () => void } {
  const operations = streams[2]?.tty?.ops;
  if (!operations) return { reason: () => null, end: () => {} };
  const original = operations.put_char;
  let text = '';
  operations.put_char = (_, code) => {
    if (text.length < 20_000) text += String.fromCharCode(code);
  };
  return {
    // The first report's deepest line names the cause: "#006: … in H5F__super_read(): truncated file: eof = 3572, …".
    reason: () => [...(text.split('HDF5-DIAG')[1] ?? '').matchAll(/#\d+: .* in \w+\(\): (.*)/g)].at(-1)?.[1] ?? null,
    end: () => (operations.put_char = original),
  };
}

const isGroup = (entity: Entity | null): entity is Group => entity !== null && 'keys' in entity;
const isDataset = (entity: Entity | null): entity is Dataset => entity !== null && 'slice' in entity;

function textAttribute(group: Group, name: string): string | null {
  const value = group.attrs[name]?.value;
  return typeof value === 'string' ? value : null;
}

function listAttribute(group: Group, name: string): readonly string[] {
  const value = group.attrs[name]?.value;
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function readGroups(file: Group, name: string, fileBytes: number): KerasFile {
  const nested = file.get('model_weights');
  const root = isGroup(nested) ? nested : file;
  const weights = new Map<string, readonly StoredWeight[]>();
  for (const layer of listAttribute(root, 'layer_names')) {
    const group = root.get(layer);
    if (!isGroup(group)) continue;
    const stored = listAttribute(group, 'weight_names').map((path): StoredWeight => {
      const dataset = group.get(path);
      if (!isDataset(dataset)) throw new StudioError(`The weight "${path}" of layer "${layer}" is missing in ${name}.`, { where: `${name}, layer "${layer}"`, next: 'Save the network again.' });
      return { name: path.replace(/:\d+$/, ''), weight: readDataset(dataset, `${layer}/${path}`, name, fileBytes) };
    });
    weights.set(layer, stored);
  }
  return { config: textAttribute(file, 'model_config'), weights };
}

function readDataset(dataset: Dataset, path: string, name: string, fileBytes: number): NewWeight {
  const fail = (reason: string): never => {
    throw new StudioError(`The weight "${path}" of ${name} ${reason}.`, { where: `${name}, ${path}`, next: 'Save the network again, with float32 weights.' });
  };
  const shape = dataset.shape ?? fail('has no shape');
  const limit = fileBytes * (dataset.filters.length > 0 ? LARGEST_EXPANSION : 1);
  const elementBytes = dataset.metadata.size;
  if (elementCount(shape) * elementBytes > limit) fail(`says it has the shape ${shape.join('×')}, more than the file of ${fileBytes} bytes can hold`);
  const value = dataset.value;
  const values = value instanceof Float32Array ? value : value instanceof Float64Array ? Float32Array.from(value) : null;
  if (!values) return fail(`has numbers of the type ${JSON.stringify(dataset.dtype)}, which is not read`);
  return { shape, values };
}
