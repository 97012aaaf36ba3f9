import { CancelledError } from '../../core/base/errors.ts';
import { runJob } from '../host/jobs.ts';
import { activityStore, putLadder } from '../state/activity.ts';
import { SHEET_GRAPH, SHEET_KEY } from '../state/select/ladder-sheet.ts';

let running = false;

/** Times the six kernels on one layer, once a session. The page says when it has not been done. */
export async function measureLadderSheet(): Promise<void> {
  if (running || activityStore.getState().ladders[SHEET_KEY]) return;
  running = true;
  try {
    putLadder(SHEET_KEY, await runJob('measureLadder', { graph: SHEET_GRAPH }, { title: 'Timing the six precisions', priority: -1 }));
  } catch (error) {
    // The table keeps its dashes; nothing that a person asked for has failed.
    if (!(error instanceof CancelledError)) console.warn('The six precisions could not be timed.', error);
  } finally {
    running = false;
  }
}
