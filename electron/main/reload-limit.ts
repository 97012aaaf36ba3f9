const LIMIT = 3;
const WITHIN_MS = 60_000;

/** Says yes at most three times a minute. */
export function createReloadLimit(): (nowMs: number) => boolean {
  let times: readonly number[] = [];
  return (nowMs) => {
    times = times.filter((time) => nowMs - time < WITHIN_MS);
    if (times.length >= LIMIT) return false;
    times = [...times, nowMs];
    return true;
  };
}
