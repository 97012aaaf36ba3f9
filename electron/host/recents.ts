import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RecentEntry } from '../../core/host/contract.ts';
import type { Handles } from './handles.ts';
import { createJsonStore } from './json-store.ts';

interface StoredRecent {
  readonly path: string;
  readonly kind: RecentEntry['kind'];
  readonly openedAt: string;
  readonly facts: RecentEntry['facts'];
}

export interface Recents {
  read(): Promise<readonly RecentEntry[]>;
  note(path: string, kind: RecentEntry['kind'], facts: RecentEntry['facts']): Promise<void>;
}

const LIMIT = 30;

/** Newest first. Paths stay on this side; the page sees a handle and a name. */
export function createRecents(folder: string, handles: Handles, now: () => Date): Recents {
  const store = createJsonStore<readonly StoredRecent[]>(join(folder, 'recents.json'), [], isStored);
  return {
    async read() {
      return Promise.all((await store.read()).map((entry) => present(entry, handles)));
    },
    note: (path, kind, facts) =>
      store.change((entries) => {
        const others = entries.filter((entry) => entry.path !== path);
        return [{ path, kind, openedAt: now().toISOString(), facts }, ...others].slice(0, LIMIT);
      }),
  };
}

async function present(entry: StoredRecent, handles: Handles): Promise<RecentEntry> {
  const exists = await stat(entry.path).then(
    (facts) => facts.isFile(),
    () => false,
  );
  const handle = exists ? (await handles.grant(entry.path)).handle : handles.grantMissing(entry.path);
  return { handle, name: basename(entry.path), kind: entry.kind, openedAt: entry.openedAt, exists, facts: entry.facts };
}

function isStored(value: unknown): value is readonly StoredRecent[] {
  return Array.isArray(value) && value.every(isEntry);
}

function isEntry(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { path, kind, openedAt, facts } = value as Record<string, unknown>;
  const kindFits = kind === 'model' || kind === 'project' || kind === 'data';
  return typeof path === 'string' && kindFits && typeof openedAt === 'string' && typeof facts === 'object' && facts !== null;
}
