import type { JournalEntry } from '../../core/host/contract.ts';
import type { NamedBlob } from '../../core/jobs/contract.ts';
import { KEEPS_NOTHING, openDatabase } from './database.ts';
import type { JournalStore } from './journals.ts';

/** For a page without a machine behind it: the browser's own database, and its locks to know which pages live. */
const DATABASE = 'bitwright-journals';
const TEXTS = 'texts';
const BLOBS = 'blobs';

interface StoredText {
  readonly savedAt: string;
  readonly facts: JournalEntry['facts'];
  readonly document: Uint8Array<ArrayBuffer>;
  readonly names: readonly string[];
}

const database = (): Promise<IDBDatabase> => openDatabase(DATABASE, 1, (fresh) => [TEXTS, BLOBS].forEach((store) => fresh.createObjectStore(store)));

/** One transaction over both stores: all of it is kept or nothing. */
async function transact<T>(mode: IDBTransactionMode, act: (texts: IDBObjectStore, blobs: IDBObjectStore) => IDBRequest<T> | void): Promise<T | undefined> {
  const transaction = (await database()).transaction([TEXTS, BLOBS], mode);
  const request = act(transaction.objectStore(TEXTS), transaction.objectStore(BLOBS));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error(KEEPS_NOTHING));
  });
}

const lockName = (id: string): string => `${DATABASE}/${id}`;
const ofJournal = (id: string): IDBKeyRange => IDBKeyRange.bound(`${id}/`, `${id}/\uffff`);
const releases = new Map<string, () => void>();

export const browserJournals: JournalStore = {
  async list() {
    const [ids, texts, locks] = await Promise.all([
      transact('readonly', (store) => store.getAllKeys()),
      transact<StoredText[]>('readonly', (store) => store.getAll() as IDBRequest<StoredText[]>),
      navigator.locks.query(),
    ]);
    const held = new Set(locks.held?.map(({ name }) => name));
    const entries = (texts ?? []).map(({ savedAt, facts }, index): JournalEntry => {
      const id = String(ids?.[index]);
      return { id, savedAt, facts, file: null, held: held.has(lockName(id)) };
    });
    return entries.toSorted((a, b) => (a.savedAt > b.savedAt ? -1 : 1));
  },
  hold(id) {
    if (releases.has(id)) return;
    void navigator.locks.request(lockName(id), () => new Promise<void>((resolve) => releases.set(id, resolve)));
  },
  release(id) {
    releases.get(id)?.();
    releases.delete(id);
  },
  async blobNames(id) {
    const keys = await transact('readonly', (_texts, blobs) => blobs.getAllKeys(ofJournal(id)));
    return (keys ?? []).map((key) => String(key).slice(id.length + 1));
  },
  async put(id, { name, bytes }) {
    await transact('readwrite', (_texts, blobs) => void blobs.put(bytes.slice(), `${id}/${name}`));
  },
  async write(id, { document, names, facts }) {
    const text: StoredText = { savedAt: new Date().toISOString(), facts, document: document.slice(), names };
    const kept = new Set(names);
    const old = (await browserJournals.blobNames(id)).filter((name) => !kept.has(name));
    await transact('readwrite', (texts, blobs) => {
      texts.put(text, id);
      for (const name of old) blobs.delete(`${id}/${name}`);
    });
  },
  async read(id) {
    const text = await transact<StoredText>('readonly', (texts) => texts.get(id) as IDBRequest<StoredText>);
    if (!text) throw new Error('The unsaved work is no longer there.');
    const blobs: NamedBlob[] = [];
    for (const name of text.names) {
      const bytes = await transact<Uint8Array>('readonly', (_texts, store) => store.get(`${id}/${name}`) as IDBRequest<Uint8Array>);
      if (bytes) blobs.push({ name, bytes });
    }
    return { document: text.document, blobs };
  },
  async drop(id) {
    await transact('readwrite', (texts, blobs) => {
      texts.delete(id);
      blobs.delete(ofJournal(id));
    });
  },
};
