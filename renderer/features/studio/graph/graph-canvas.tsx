import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Graph } from '../../../../core/graph/graph.ts';
import { layerTable } from '../../../state/select/layers.ts';
import { useSession } from '../../../state/hooks.ts';
import { sessionStore, setExpanded, setHovered } from '../../../state/session.ts';
import type { ViewBlock } from '../../../state/select/view-graph.ts';
import { createGraphView, type GraphView, type Hit } from './graph-view.ts';
import { GraphMirror } from './mirror.tsx';
import type { GraphPicture } from './picture.ts';
import { listenToPointer } from './pointer.ts';
import type { Scene } from './scene.ts';
import type { ViewLink } from './view-link.ts';
import { focusedItem, selectItem, selectionMarks } from './selecting.ts';

export interface GraphCanvasProps {
  readonly graph: Graph;
  readonly blocks: Readonly<Record<string, ViewBlock>>;
  readonly scene: Scene;
  readonly picture: GraphPicture;
  readonly name: string;
  /** Raised to ask for a fit. */
  readonly fitCount: number;
  /** Shared with the graphs beside it; the same from first to last. */
  readonly link?: ViewLink;
}

/** The graph on its canvas, with its minimap and its mirror for the keyboard and screen readers. */
export function GraphCanvas({ graph, blocks, scene, picture, name, fitCount, link }: GraphCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const minimap = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<GraphView | null>(null);
  const shownGraph = useRef<Graph | null>(null);
  const anchor = useRef<string | null>(null);
  const [hasKeyboard, setHasKeyboard] = useState(false);
  const selection = useSession((state) => state.selection);
  const focusedId = useSession((state) => state.focused);
  const hoveredId = useSession((state) => state.hovered);
  const isLayer = useCallback((id: string) => layerTable(graph)[id] !== undefined, [graph]);
  const focused = focusedItem(scene, focusedId);
  const selected = useMemo(() => selectionMarks(scene, new Set(selection), isLayer), [scene, selection, isLayer]);

  const toggle = useCallback(
    (id: string, all: boolean) => {
      const isClosed = sessionStore.getState().collapsedBlocks.includes(id);
      const alike = all ? Object.values(blocks).filter((block) => block.pattern === blocks[id].pattern) : [blocks[id]];
      anchor.current = id;
      setExpanded(alike.map((block) => block.id), isClosed);
    },
    [blocks],
  );
  const latest = useRef({ scene, isLayer, toggle });
  latest.current = { scene, isLayer, toggle };

  useEffect(() => {
    if (!canvas.current || !minimap.current) return undefined;
    const created = createGraphView(canvas.current, minimap.current, link);
    view.current = created;
    const toggleHit = (hit: Hit, all: boolean): void => {
      const { shown } = latest.current.scene;
      const block = hit?.kind === 'frame' ? shown.frames[hit.index] : hit && !shown.items[hit.index].node ? shown.items[hit.index].block : null;
      if (block) latest.current.toggle(block.id, all);
    };
    const stop = listenToPointer(canvas.current, minimap.current, created, {
      onPress: (hit, event) => {
        frame.current?.querySelector<HTMLElement>('.gx-mirror')?.focus({ preventScroll: true });
        if (hit?.kind === 'frame') toggleHit(hit, event.shiftKey);
        else if (hit) selectItem(latest.current.scene, hit.index, latest.current.isLayer, event.ctrlKey || event.metaKey || event.shiftKey);
      },
      onOpen: (hit, event) => hit?.kind === 'item' && toggleHit(hit, event.shiftKey),
      onHover: (hit) => {
        const item = hit?.kind === 'item' ? latest.current.scene.shown.items[hit.index] : null;
        setHovered(item?.id ?? null);
        canvas.current?.classList.toggle('gx-hits', hit !== null);
        // Names are shortened to their boxes; the whole one is a rest of the pointer away.
        if (canvas.current) canvas.current.title = item?.node?.id ?? item?.block?.label ?? '';
      },
    });
    return () => {
      stop();
      created.dispose();
      view.current = null;
      shownGraph.current = null;
    };
  }, [link]);
  useEffect(() => {
    view.current?.show(scene, picture, shownGraph.current === graph, anchor.current);
    shownGraph.current = graph;
    anchor.current = null;
  }, [scene, picture, graph]);
  useEffect(() => {
    const hovered = hoveredId === null ? -1 : (scene.shown.itemOf.get(hoveredId) ?? -1);
    view.current?.mark({ selected, hovered, focused, showsFocus: hasKeyboard });
  }, [scene, selected, focused, hoveredId, hasKeyboard]);
  useEffect(() => {
    if (fitCount > 0) view.current?.fit();
  }, [fitCount]);
  useEffect(() => {
    if (focusedId !== null) view.current?.reveal(focusedId);
  }, [focusedId]);

  return (
    <div className="gx-frame" ref={frame}>
      <canvas ref={canvas} className="gx" aria-hidden="true" />
      <GraphMirror
        scene={scene}
        picture={picture}
        name={name}
        focused={focused}
        selected={selected}
        view={() => view.current}
        onFocusItem={(item) => selectItem(scene, item, isLayer, false)}
        onKeyboard={setHasKeyboard}
        onToggle={toggle}
      />
      <canvas ref={minimap} className="mini" aria-hidden="true" />
    </div>
  );
}
