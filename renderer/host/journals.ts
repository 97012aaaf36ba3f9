import type { JournalEntry } from '../../core/host/contract.ts';
import type { NamedBlob } from '../../core/jobs/contract.ts';
import { browserJournals } from './browser-journals.ts';
import { host } from './machine.ts';
import { stageBytes } from './staging.ts';
import type { HostClient } from './host.ts';

export interface JournalText {
  readonly document: Uint8Array;
  /** Every blob that the text needs. */
  readonly names: readonly string[];
  readonly facts: JournalEntry['facts'];
  /** Handle of the project file that the work goes on from. */
  readonly handle: string | null;
}

/** Where unsaved work is kept. */
export interface JournalStore {
  list(): Promise<readonly JournalEntry[]>;
  /** As long as this page lives; `release` ends it before. */
  hold(id: string): void;
  release(id: string): void;
  blobNames(id: string): Promise<readonly string[]>;
  put(id: string, blob: NamedBlob): Promise<void>;
  write(id: string, text: JournalText): Promise<void>;
  read(id: string): Promise<{ readonly document: Uint8Array<ArrayBuffer>; readonly blobs: readonly NamedBlob[] }>;
  drop(id: string): Promise<void>;
}

/** On the machine's disk; in the browser where there is no machine. */
export function journals(): JournalStore {
  const machine = host();
  return machine ? hostJournals(machine) : browserJournals;
}

const holds = new Map<string, AbortController>();

function hostJournals(machine: HostClient): JournalStore {
  return {
    list: () => machine.journals(null),
    hold(id) {
      if (holds.has(id)) return;
      const stop = new AbortController();
      holds.set(id, stop);
      // Ends when it is released, and with the page.
      void machine.journalHold({ id }, { signal: stop.signal }).catch(() => holds.delete(id));
    },
    release(id) {
      holds.get(id)?.abort();
      holds.delete(id);
    },
    blobNames: (id) => machine.journalBlobs({ id }),
    put: async (id, { name, bytes }) => machine.journalPut({ id, name, staged: await stageBytes(machine, bytes) }),
    write: async (id, { document, names, facts, handle }) => machine.journalWrite({ id, staged: await stageBytes(machine, document), blobs: names, facts, handle }),
    async read(id) {
      const { document, blobs: names } = await machine.journalRead({ id });
      const blobs: NamedBlob[] = [];
      for (const name of names) blobs.push({ name, bytes: await machine.journalReadBlob({ id, name }) });
      return { document, blobs };
    },
    drop: (id) => machine.journalDrop({ id }),
  };
}
