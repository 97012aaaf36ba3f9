import { throwIfAborted } from './errors.ts';

/** Longest time a job computes without letting messages (a cancel, above all) come in. */
const SLICE_MS = 40;

/** Returns a function to call inside long loops: hands control back when the slice is over, throws when cancelled. */
export function createBreather(signal?: { readonly aborted: boolean }): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < SLICE_MS) return;
    await new Promise<void>((resolve) => setTimeout(resolve));
    throwIfAborted(signal);
    since = performance.now();
  };
}
