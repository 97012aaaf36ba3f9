import { useStore } from 'zustand';
import { analysingStore, type AnalysingState } from '../../state/analysing.ts';

export function useAnalysing<T>(selector: (state: AnalysingState) => T): T {
  return useStore(analysingStore, selector);
}
