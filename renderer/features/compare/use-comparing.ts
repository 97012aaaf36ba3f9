import { useStore } from 'zustand';
import { comparingStore, type ComparingState } from '../../state/comparing.ts';

export function useComparing<T>(selector: (state: ComparingState) => T): T {
  return useStore(comparingStore, selector);
}
