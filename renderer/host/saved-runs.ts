import type { SavedRun } from '../../core/jobs/saved-work.ts';
import { KEEPS_NOTHING, openDatabase } from './database.ts';

const DATABASE = 'bitwright';
const STORE = 'runs';
const VERSION = 2;

/** Those of this session: a project that is saved takes them along. */
const runs = new Map<string, SavedRun>();

const database = (): Promise<IDBDatabase> =>
  openDatabase(DATABASE, VERSION, (fresh) => {
    // Runs of an older form are given up: they lack choices.
    if (fresh.objectStoreNames.contains(STORE)) fresh.deleteObjectStore(STORE);
    fresh.createObjectStore(STORE);
  });

async function inStore<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  // The checkpoint in memory is what counts: a browser that keeps nothing only loses what survives the studio.
  if (typeof indexedDB === 'undefined') return null;
  try {
    const store = (await database()).transaction(STORE, mode).objectStore(STORE);
    return await new Promise<T>((resolve, reject) => {
      const request = act(store);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error(KEEPS_NOTHING));
    });
  } catch {
    return null;
  }
}

/** The newest checkpoint of a network takes the place of the one before. `networkKey` names weights and data. */
export function saveRun(networkKey: string, run: SavedRun): void {
  runs.set(networkKey, run);
  void inStore('readwrite', (store) => store.put(run, networkKey));
}

export async function loadRun(networkKey: string): Promise<SavedRun | null> {
  return runs.get(networkKey) ?? (await inStore<SavedRun | undefined>('readonly', (store) => store.get(networkKey) as IDBRequest<SavedRun | undefined>)) ?? null;
}

export function dropSavedRun(networkKey: string): void {
  runs.delete(networkKey);
  void inStore('readwrite', (store) => store.delete(networkKey));
}

/** The runs of this session, by network and data. */
export function savedRuns(): ReadonlyMap<string, SavedRun> {
  return runs;
}
