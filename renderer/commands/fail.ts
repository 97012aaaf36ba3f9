import { CancelledError, StudioError } from '../../core/base/errors.ts';
import { notify } from '../state/session.ts';

/** Says a failure as a sentence with its next step. What was cancelled on purpose is no failure. */
export function tellFailure(error: unknown, doing: string): void {
  if (error instanceof CancelledError) return;
  if (error instanceof StudioError) {
    // The sentence often names the file already.
    const named = error.where === undefined || error.message.includes(error.where.split(',')[0]);
    const where = named ? '' : `${error.where}. `;
    notify({ tone: 'worse', title: error.message, body: where + (error.next ?? ''), sticky: true });
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  notify({ tone: 'worse', title: `${doing} failed: ${message}`, body: 'Nothing was changed.', sticky: true });
}
