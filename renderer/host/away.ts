import { sessionStore } from '../state/session.ts';
import { host } from './machine.ts';

/** Shorter work ends before anyone has looked away. */
const LONG_MS = 20_000;

/** Says that long work has ended to a person who is looking at something else: by the machine, and in the title of the window. */
export function tellIfAway(sentence: string, body: string, tookMs: number): void {
  if (typeof document === 'undefined' || !document.hidden || tookMs < LONG_MS) return;
  sessionStore.setState({ endedAway: sentence });
  document.addEventListener('visibilitychange', () => sessionStore.setState({ endedAway: null }), { once: true });
  if (sessionStore.getState().capabilities?.notify) void host()?.notify({ title: sentence, body }).catch(() => undefined);
}
