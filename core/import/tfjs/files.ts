import { StudioError } from '../../base/errors.ts';
import { joined } from '../../base/joined.ts';
import { baseName } from '../../data/reader.ts';
import type { NamedFile } from '../../data/data-set.ts';
import { readZip } from '../../base/zip.ts';
import { isZip } from '../detect.ts';
import { isRecord, type Json } from '../keras/settings.ts';

/** model.json and the files that its manifest names. */
export interface TfjsFiles {
  readonly name: string;
  readonly model: Json;
  /** Bytes of the shards of one group, one after the other. */
  shards(paths: readonly string[]): Uint8Array;
}

/** Weights hardly shrink, so that an archive is about as large as what it holds. */
const LARGEST_GROWTH = 20;
const SMALLEST_LIMIT = 64e6;

const folderOf = (path: string): string => path.slice(0, path.length - baseName(path).length);

/** Spaces and line ends before the first bracket; more are no text that a program writes. */
const LONGEST_INDENT = 64;

/** True for JSON with a manifest of weights; only a file that begins like an object is looked through. */
export function isTfjsModel(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, LONGEST_INDENT).findIndex((byte) => byte > 0x20);
  return bytes[start] === 0x7b && new TextDecoder().decode(bytes).includes('"weightsManifest"');
}

/** The model.json of an archive, or null: bytes of one entry are unpacked, the others are not. */
export function modelInZip(bytes: Uint8Array, name: string): NamedFile | null {
  try {
    const entries = readZip(bytes, name, Math.max(SMALLEST_LIMIT, bytes.length * LARGEST_GROWTH), (entry) => baseName(entry) === 'model.json');
    const found = Object.entries(entries).find(([, content]) => isTfjsModel(content));
    return found ? { name: found[0], bytes: found[1] } : null;
  } catch {
    return null;
  }
}

/** Names in a manifest are beside model.json or below it. */
function checkPath(path: unknown, where: string): string {
  const isPlain = typeof path === 'string' && path !== '' && !/[\\:]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (isPlain) return path;
  throw new StudioError(`${where} names ${JSON.stringify(path)?.slice(0, 80)} as a file of weights, which is no path below its own folder.`, { where, next: 'Convert or save the network again.' });
}

/** The recognised file first; the others were chosen with it, or lie in the same archive. */
export function collectFiles([first, ...others]: readonly NamedFile[]): TfjsFiles {
  const packed = isZip(first.bytes) ? modelInZip(first.bytes, first.name) : null;
  if (isZip(first.bytes) && !packed) throw new StudioError(`${first.name} is a zip without a model.json of TensorFlow.js, or one that is damaged.`, { where: first.name, next: 'Zip the whole folder that tfjs or its converter wrote.' });
  const main = packed ?? first;
  const beside: readonly NamedFile[] = packed ? Object.entries(readZip(first.bytes, first.name, Math.max(SMALLEST_LIMIT, first.bytes.length * LARGEST_GROWTH))).map(([name, bytes]) => ({ name, bytes })) : others;
  const name = packed ? `${first.name}, ${main.name}` : main.name;
  const folder = folderOf(main.name);
  // Files that a person chooses one by one have no folder.
  const find = (path: string): NamedFile | undefined => beside.find((file) => file.name === folder + path) ?? (packed ? undefined : beside.find((file) => baseName(file.name) === baseName(path)));
  const model = parse(name, main.bytes);
  return {
    name,
    model,
    shards(paths) {
      const wanted = paths.map((path) => checkPath(path, name));
      const missing = wanted.filter((path) => !find(path));
      if (missing.length > 0) {
        const shown = missing.slice(0, 5).join(', ');
        throw new StudioError(`${name} keeps its weights in ${missing.length === 1 ? shown : `${missing.length} files that are missing: ${shown}${missing.length > 5 ? ', …' : ''}`}${missing.length === 1 ? ', which is missing' : ''}.`, { where: name, next: 'Choose model.json and all files of weights beside it at once, or a zip of them.' });
      }
      return joined(wanted.map((path) => find(path)!.bytes));
    },
  };
}

function parse(name: string, bytes: Uint8Array): Json {
  const fail = (reason: string): never => {
    throw new StudioError(`${name} is not a TensorFlow.js network: ${reason}.`, { where: name, next: 'Convert or save the network again.' });
  };
  try {
    const model: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(model) ? model : fail('it is no object');
  } catch (error) {
    if (error instanceof StudioError) throw error;
    return fail(`it is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}
