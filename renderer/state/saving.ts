import { createStore } from 'zustand/vanilla';
import type { FileHandle, JournalEntry } from '../../core/host/contract.ts';
import type { DataReference, Project } from '../../core/project/schema.ts';
import { documentStore } from './document.ts';
import { trainingStore, type CheckpointFacts } from './training.ts';

/** What would be lost without a file: compared by identity, so that undo back to what was saved is saved. */
export interface WorkMark {
  readonly project: Project | null;
  readonly checkpoint: CheckpointFacts | null;
}

export interface SavedFile extends Pick<FileHandle, 'handle' | 'name'> {
  /** Where it lies, for people; null where the page is not told. */
  readonly folder: string | null;
}

export type LeaveAnswer = 'save' | 'discard' | 'stay';

export interface SavingState {
  /** The project file that is open; null for work that has none yet. */
  readonly file: SavedFile | null;
  /** What the file holds, or what was opened and not changed since. */
  readonly saved: WorkMark;
  readonly savedAtMs: number | null;
  /** Journal of the open project; null while there is nothing unsaved. */
  readonly journal: string | null;
  readonly autosave: boolean;
  readonly autosavedAtMs: number | null;
  /** Why unsaved work is not being kept. */
  readonly problem: string | null;
  /** The pictures that the results are of, while they are looked for or where they were not found. */
  readonly missingData: { readonly reference: DataReference; readonly finding: boolean } | null;
  /** What earlier sessions left unsaved, newest first. */
  readonly recoverable: readonly JournalEntry[];
  /** Asked before unsaved work goes. */
  readonly question: { readonly answer: (answer: LeaveAnswer) => void } | null;
  /** Asked for the name of a file; null is dismissed. */
  readonly naming: { readonly suggestion: string; readonly answer: (name: string | null) => void } | null;
}

const NOTHING: WorkMark = { project: null, checkpoint: null };

export const savingStore = createStore<SavingState>(() => ({
  file: null,
  saved: NOTHING,
  savedAtMs: null,
  journal: null,
  autosave: true,
  autosavedAtMs: null,
  problem: null,
  missingData: null,
  recoverable: [],
  question: null,
  naming: null,
}));

export function workMark(): WorkMark {
  return { project: documentStore.getState().project, checkpoint: trainingStore.getState().run?.checkpoint ?? null };
}

export function isUnsaved(now: WorkMark, saved: WorkMark): boolean {
  return now.project !== null && (now.project !== saved.project || now.checkpoint !== saved.checkpoint);
}

export function hasUnsavedWork(): boolean {
  return isUnsaved(workMark(), savingStore.getState().saved);
}

/** Another project is open: from a file, from a journal (nothing of it is saved), or new and not yet changed. */
export function beginProject({ file = null, journal = null }: { readonly file?: SavedFile | null; readonly journal?: string | null } = {}): void {
  const saved = journal === null ? workMark() : NOTHING;
  savingStore.setState({ file, saved, savedAtMs: null, journal, autosavedAtMs: null, problem: null, missingData: null });
}

/** What people call the open project: its file, where it has one. */
export function projectName(project: Project, file: SavedFile | null): string {
  return file ? file.name.replace(/\.bitproj$/i, '') : project.name;
}
