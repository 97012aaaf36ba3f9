import { createStore } from 'zustand/vanilla';
import type { Project } from '../../core/project/schema.ts';

/** One named state of the project. Undo moves a pointer between them; nothing is ever recomputed. */
export interface HistoryStep {
  readonly name: string;
  readonly project: Project;
  /** Edits that carry the same gesture (one drag) replace each other instead of adding steps. */
  readonly gesture: string | null;
}

export interface DocumentState {
  readonly project: Project | null;
  readonly steps: readonly HistoryStep[];
  /** Position of the shown project in `steps`; −1 without a project. */
  readonly index: number;
}

const STEP_LIMIT = 500;
const EMPTY: DocumentState = { project: null, steps: [], index: -1 };

export const documentStore = createStore<DocumentState>(() => EMPTY);

export function openProject(project: Project, name: string): void {
  documentStore.setState({ project, steps: [{ name, project, gesture: null }], index: 0 }, true);
}

export function closeProject(): void {
  documentStore.setState(EMPTY, true);
}

/** Adds one step. An edit that returns the same project adds nothing. Returns whether anything changed. */
export function applyEdit(name: string, edit: (project: Project) => Project, gesture: string | null = null): boolean {
  const { project, steps, index } = documentStore.getState();
  if (!project) return false;
  const next = edit(project);
  if (next === project) return false;
  const current = steps[index];
  const continues = gesture !== null && current?.gesture === gesture;
  const kept = steps.slice(0, continues ? index : index + 1);
  const all = [...kept, { name, project: next, gesture }].slice(-STEP_LIMIT);
  documentStore.setState({ project: next, steps: all, index: all.length - 1 }, true);
  return true;
}

/** Ends a drag: the next edit starts a step of its own even if it names the same gesture. */
export function endGesture(): void {
  const { project, steps, index } = documentStore.getState();
  const current = steps[index];
  if (!current || current.gesture === null) return;
  const closed = steps.map((step, position) => (position === index ? { ...step, gesture: null } : step));
  documentStore.setState({ project, steps: closed, index }, true);
}

export function goToStep(index: number): void {
  const { steps } = documentStore.getState();
  const step = steps[index];
  if (step) documentStore.setState({ project: step.project, steps, index }, true);
}

export function undo(): void {
  goToStep(documentStore.getState().index - 1);
}

export function redo(): void {
  goToStep(documentStore.getState().index + 1);
}

export function undoName(state: DocumentState): string | null {
  return state.index > 0 ? (state.steps[state.index]?.name ?? null) : null;
}

export function redoName(state: DocumentState): string | null {
  return state.steps[state.index + 1]?.name ?? null;
}
