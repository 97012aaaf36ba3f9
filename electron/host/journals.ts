import { open, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../../core/base/errors.ts';
import type { JournalEntry } from '../../core/host/contract.ts';
import { writeFileAtomic } from './atomic.ts';
import type { Handles } from './handles.ts';
import { LIMITS } from './schemas.ts';

/**
 * Unsaved work, a folder each: blobs by their content's hash, written once, and one file with a header line and the text
 * that names them. The file is replaced as a whole and after its blobs, so what is found after a crash fits together.
 */
export interface Journals {
  list(): Promise<readonly JournalEntry[]>;
  /** Until the signal aborts. */
  hold(id: string, signal: AbortSignal): Promise<void>;
  blobs(id: string): Promise<readonly string[]>;
  put(id: string, name: string, bytes: Uint8Array): Promise<void>;
  write(id: string, document: Uint8Array, header: Omit<Header, 'savedAt'>): Promise<void>;
  read(id: string): Promise<{ readonly document: Uint8Array<ArrayBuffer>; readonly blobs: readonly string[] }>;
  readBlob(id: string, name: string): Promise<Uint8Array<ArrayBuffer>>;
  drop(id: string): Promise<void>;
}

interface Header {
  readonly savedAt: string;
  readonly facts: JournalEntry['facts'];
  readonly blobs: readonly string[];
  /** Path of the project file. */
  readonly file: string | null;
}

const MOST_JOURNALS = 20;
const FILE = 'journal';
const BLOBS = 'blobs';
const LINE_END = 10;
/** A header names up to 50,000 blobs. */
const MOST_HEADER_BYTES = 4 * 1024 * 1024;

export function createJournals(userData: string, handles: Handles, now: () => Date): Journals {
  const root = join(userData, 'journals');
  const held = new Map<string, number>();
  const folderOf = (id: string): string => join(root, id);

  const blobs = async (id: string): Promise<readonly string[]> => (await readdir(join(folderOf(id), BLOBS)).catch(() => [])).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const drop = (id: string): Promise<void> => rm(folderOf(id), { recursive: true, force: true });

  /** The oldest that nobody holds give way. */
  const makeRoom = async (id: string, bytes: number): Promise<void> => {
    if (bytes > LIMITS.journalBytes) {
      await drop(id);
      throw new StudioError(`The project is larger than ${LIMITS.journalBytes / 2 ** 30} GiB, the most that is kept unsaved.`, { next: 'Save it to a file.' });
    }
    const others = await Promise.all((await foldersIn(root)).filter((other) => other !== id).map(async (other) => ({ id: other, bytes: await sizeOf(folderOf(other)), header: await readHeader(folderOf(other)) })));
    const free = others.filter((other) => !held.has(other.id)).sort((a, b) => ((a.header?.savedAt ?? '') < (b.header?.savedAt ?? '') ? -1 : 1));
    let [count, total] = [others.length + 1, others.reduce((sum, other) => sum + other.bytes, bytes)];
    for (const oldest of free) {
      if (count <= MOST_JOURNALS && total <= LIMITS.allJournalsBytes) break;
      await drop(oldest.id);
      count--;
      total -= oldest.bytes;
    }
  };

  return {
    async list() {
      const found = await Promise.all((await foldersIn(root)).map(async (id) => ({ id, header: await readHeader(folderOf(id)) })));
      // Killed before its text was there: nothing names its blobs.
      await Promise.all(found.filter(({ id, header }) => !header && !held.has(id)).map(({ id }) => drop(id)));
      const entries = await Promise.all(found.map(({ id, header }) => (header ? entryOf(id, header, held.has(id), handles) : null)));
      return entries.filter((entry) => entry !== null).sort((a, b) => (a.savedAt > b.savedAt ? -1 : 1));
    },
    async hold(id, signal) {
      held.set(id, (held.get(id) ?? 0) + 1);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      const left = (held.get(id) ?? 1) - 1;
      if (left > 0) held.set(id, left);
      else held.delete(id);
    },
    blobs,
    async put(id, name, bytes) {
      await writeFileAtomic(join(folderOf(id), BLOBS, name), bytes);
    },
    async write(id, document, header) {
      const present = await blobs(id);
      const lost = header.blobs.find((name) => !present.includes(name));
      if (lost !== undefined) throw new StudioError('A part of the unsaved work did not arrive.');
      await makeRoom(id, (await sizeOf(folderOf(id))) + document.byteLength);
      const line = Buffer.from(`${JSON.stringify({ savedAt: now().toISOString(), ...header } satisfies Header)}\n`);
      await writeFileAtomic(join(folderOf(id), FILE), Buffer.concat([line, document]));
      const needed = new Set(header.blobs);
      await Promise.all(present.filter((name) => !needed.has(name)).map((name) => rm(join(folderOf(id), BLOBS, name), { force: true })));
    },
    async read(id) {
      const bytes = await readFile(join(folderOf(id), FILE)).catch(() => null);
      const header = bytes && headerOf(bytes);
      if (!bytes || !header) throw new StudioError('The unsaved work is no longer there.', { next: 'It was recovered or discarded in another window.' });
      return { document: new Uint8Array(bytes.subarray(bytes.indexOf(LINE_END) + 1)), blobs: header.blobs };
    },
    async readBlob(id, name) {
      const bytes = await readFile(join(folderOf(id), BLOBS, name)).catch(() => null);
      if (!bytes) throw new StudioError('A part of the unsaved work is missing.', { where: name.slice(0, 12) });
      return new Uint8Array(bytes);
    },
    drop,
  };
}

async function entryOf(id: string, header: Header, isHeld: boolean, handles: Handles): Promise<JournalEntry> {
  const file = header.file === null ? null : await handles.grant(header.file).catch(() => null);
  return { id, savedAt: header.savedAt, facts: header.facts, file, held: isHeld };
}

async function foldersIn(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && /^[a-z0-9]{16,40}$/.test(entry.name)).map(({ name }) => name);
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then((facts) => (facts.isFile() ? facts.size : 0), () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Without the text behind it. */
async function readHeader(folder: string): Promise<Header | null> {
  const file = await open(join(folder, FILE), 'r').catch(() => null);
  if (!file) return null;
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(size, MOST_HEADER_BYTES));
    await file.read(bytes, 0, bytes.length, 0);
    return headerOf(bytes);
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

function headerOf(bytes: Uint8Array): Header | null {
  const end = bytes.indexOf(LINE_END);
  try {
    const header: unknown = JSON.parse(Buffer.from(bytes.subarray(0, end)).toString('utf8'));
    return isHeader(header) ? header : null;
  } catch {
    return null;
  }
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  const { savedAt, facts, blobs, file } = value as Record<string, unknown>;
  const blobsFit = Array.isArray(blobs) && blobs.every((name) => typeof name === 'string');
  return typeof savedAt === 'string' && typeof facts === 'object' && facts !== null && blobsFit && (file === null || typeof file === 'string');
}
