import { useEffect, useMemo, useRef, useState } from 'react';
import { layoutLayers } from '../../../../core/layout/layered.ts';
import { placeGraph } from '../../../commands/graph-layout.ts';
import type { ViewGraph } from '../../../state/select/view-graph.ts';
import { createScene, type Scene } from './scene.ts';
import type { ShownGraph } from './shown-graph.ts';

/** Up to so many boxes are placed within a frame; more in the worker. */
const AT_ONCE = 120;

interface Placed {
  readonly view: ViewGraph;
  readonly scene: Scene;
}

/** The graph with its places. While a large one is being placed, the scene before it stays; null when it was of another graph. */
export function useScene(view: ViewGraph, shown: ShownGraph): Scene | null {
  const immediate = useMemo(() => (shown.items.length <= AT_ONCE ? { view, scene: createScene(shown, layoutLayers(shown.request)) } : null), [view, shown]);
  const [placed, setPlaced] = useState<Placed | null>(null);
  const last = useRef<Placed | null>(null);
  const current = immediate ?? (placed?.scene.shown === shown ? placed : last.current);
  last.current = current;
  useEffect(() => {
    if (immediate) return undefined;
    const stop = new AbortController();
    void placeGraph(shown.request, stop.signal).then((layout) => {
      if (layout && !stop.signal.aborted) setPlaced({ view, scene: createScene(shown, layout) });
    });
    return () => stop.abort();
  }, [view, shown, immediate]);
  return current?.view === view ? current.scene : null;
}
