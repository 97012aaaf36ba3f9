import type { Viewport } from './viewport.ts';

type Follow = (view: Viewport) => void;

/** Graphs side by side that look at the same place: where one of them goes, the others follow. */
export interface ViewLink {
  /** Returns what takes it out again. */
  join(follow: Follow): () => void;
  moved(by: Follow, view: Viewport): void;
}

export function createViewLink(): ViewLink {
  const joined = new Set<Follow>();
  return {
    join(follow) {
      joined.add(follow);
      return () => void joined.delete(follow);
    },
    moved(by, view) {
      for (const follow of joined) if (follow !== by) follow(view);
    },
  };
}
