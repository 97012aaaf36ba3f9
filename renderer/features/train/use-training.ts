import { useStore } from 'zustand';
import { trainingStore, type TrainingState } from '../../state/training.ts';

export function useTraining<T>(selector: (state: TrainingState) => T): T {
  return useStore(trainingStore, selector);
}
