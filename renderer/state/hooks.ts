import { useStore } from 'zustand';
import type { Project } from '../../core/project/schema.ts';
import { activityStore, type ActivityState } from './activity.ts';
import { documentStore, type DocumentState } from './document.ts';
import { sessionStore, type SessionState } from './session.ts';

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

const projectOf = (state: DocumentState): Project | null => state.project;

export function useProject(): Project | null {
  return useStore(documentStore, projectOf);
}
