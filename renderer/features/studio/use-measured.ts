import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { activityStore } from '../../state/activity.ts';

/** The tables of measurements; renders again only when one of them changes, not when a job makes progress. */
export function useMeasured() {
  return useStore(
    activityStore,
    useShallow((state) => ({
      evaluations: state.evaluations,
      speeds: state.speeds,
      sensitivities: state.sensitivities,
      ladders: state.ladders,
      operators: state.operators,
      conversions: state.conversions,
    })),
  );
}
