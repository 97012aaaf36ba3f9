export const KEEPS_NOTHING = 'The browser keeps no data.';

const opened = new Map<string, Promise<IDBDatabase>>();

/** A database of the browser, opened once. `upgrade` makes its stores where it is new or of an older version. */
export function openDatabase(name: string, version: number, upgrade: (database: IDBDatabase) => void): Promise<IDBDatabase> {
  const known = opened.get(name);
  if (known) return known;
  const opening = new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => upgrade(request.result);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error(KEEPS_NOTHING));
  });
  opened.set(name, opening);
  return opening;
}
