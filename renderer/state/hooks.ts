import { useStore } from 'zustand';
import type { Project } from '../../core/project/schema.ts';
import { activityStore, type ActivityState } from './activity.ts';
import { documentStore, type DocumentState } from './document.ts';
import { isUnsaved, savingStore, type SavingState } from './saving.ts';
import { sessionStore, type SessionState } from './session.ts';
import { trainingStore, type CheckpointFacts, type TrainingState } from './training.ts';

/** Selectors must return stored references or primitives; derived objects come from the memoised ones in `select/`. */
export function useDocument<T>(selector: (state: DocumentState) => T): T {
  return useStore(documentStore, selector);
}

export function useSession<T>(selector: (state: SessionState) => T): T {
  return useStore(sessionStore, selector);
}

export function useActivity<T>(selector: (state: ActivityState) => T): T {
  return useStore(activityStore, selector);
}

export function useSaving<T>(selector: (state: SavingState) => T): T {
  return useStore(savingStore, selector);
}

const checkpointOf = (state: TrainingState): CheckpointFacts | null => state.run?.checkpoint ?? null;
const projectOf = (state: DocumentState): Project | null => state.project;

export function useProject(): Project | null {
  return useStore(documentStore, projectOf);
}

/** Whether something would be lost with the window. */
export function useUnsaved(): boolean {
  const project = useProject();
  const saved = useSaving((state) => state.saved);
  const checkpoint = useStore(trainingStore, checkpointOf);
  return isUnsaved({ project, checkpoint }, saved);
}

/** Of the open project's pictures: here (or none are wanted), being looked for, or not found. */
export function useDataState(): 'here' | 'finding' | 'missing' {
  const hash = useStore(documentStore, (state) => state.project?.data?.hash);
  return useStore(savingStore, ({ missingData }) => (missingData === null || missingData.reference.hash !== hash ? 'here' : missingData.finding ? 'finding' : 'missing'));
}
