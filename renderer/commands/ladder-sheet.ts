import { CancelledError } from '../../core/base/errors.ts';
import { runJob } from '../host/jobs.ts';
import { activityStore, putLadder } from '../state/activity.ts';
import { sheetModel, SHEET_KEY } from '../state/select/ladder-sheet.ts';
import { noiseFor, NOISE_SAMPLES } from './network-state.ts';

let running = false;

/** Times the six kernels on one layer, once a session. The page says when it has not been done. */
export async function measureLadderSheet(): Promise<void> {
  if (running || activityStore.getState().ladders[SHEET_KEY]) return;
  running = true;
  try {
    const model = sheetModel();
    const calibration = await runJob(
      'calibrate',
      { model, data: noiseFor(model), preprocess: 'raw', samples: NOISE_SAMPLES },
      { title: 'Preparing the timing run', priority: -1 },
    );
    putLadder(SHEET_KEY, await runJob('measureLadder', { model, calibration }, { title: 'Timing the six precisions', priority: -1 }));
  } catch (error) {
    // The table keeps its dashes; nothing that a person asked for has failed.
    if (!(error instanceof CancelledError)) console.warn('The six precisions could not be timed.', error);
  } finally {
    running = false;
  }
}
