import { useCallback, useEffect, useRef } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { selectLayer, sessionStore } from '../../../state/session.ts';
import { onThemeChange } from '../../../ui/colours.ts';
import { drawGraph, drawMinimap, type GraphPicture, type Viewport } from './draw.ts';
import { neighbour, nodeAt } from './layout.ts';
import { clampView, fitView, panInto, zoomAt } from './viewport.ts';

export interface GraphCanvasProps {
  readonly picture: GraphPicture;
  readonly name: string;
  /** Raised to ask for a fit. */
  readonly fitCount: number;
}

const MINIMAP = [64, 116] as const;
/** A press that moves less than this is a click. */
const CLICK_PIXELS = 4;

/** Pan by dragging or wheel, zoom by Ctrl and wheel; click or arrow keys select. The layer table lists the same nodes. */
export function GraphCanvas({ picture, name, fitCount }: GraphCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const minimap = useRef<HTMLCanvasElement>(null);
  const size = useRef<readonly [number, number]>([0, 0]);
  const view = useRef<Viewport>({ x: 0, y: 0, scale: 1 });
  const shown = useRef(picture);
  const frame = useRef(0);
  const drag = useRef<{ readonly x: number; readonly y: number; readonly view: Viewport; moved: boolean } | null>(null);
  shown.current = picture;

  const draw = useCallback(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      const context = canvas.current?.getContext('2d');
      const small = minimap.current?.getContext('2d');
      const [width, height] = size.current;
      if (!context || !small || width === 0) return;
      drawGraph(context, shown.current, view.current, width, height, devicePixelRatio);
      drawMinimap(small, shown.current, view.current, size.current, MINIMAP, devicePixelRatio);
    });
  }, []);
  const look = useCallback(
    (next: Viewport) => {
      view.current = clampView(next, shown.current.layout, size.current);
      draw();
    },
    [draw],
  );

  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      const first = size.current[0] === 0;
      size.current = [width, height];
      element.width = Math.round(width * devicePixelRatio);
      element.height = Math.round(height * devicePixelRatio);
      if (width > 0) look(first ? fitView(shown.current.layout, size.current) : view.current);
    });
    observer.observe(element);
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { x, y } = view.current;
      if (event.ctrlKey || event.metaKey) look(zoomAt(view.current, Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY));
      else look({ ...view.current, x: x - event.deltaX, y: y - event.deltaY });
    };
    element.addEventListener('wheel', wheel, { passive: false });
    const stopTheme = onThemeChange(draw);
    return () => {
      observer.disconnect();
      stopTheme();
      element.removeEventListener('wheel', wheel);
      cancelAnimationFrame(frame.current);
    };
  }, [draw, look]);
  useEffect(draw, [draw, picture]);
  useEffect(() => look(fitView(shown.current.layout, size.current)), [look, fitCount, picture.layout]);
  useEffect(() => {
    const [first] = picture.selected;
    const node = picture.selected.size === 1 && first !== undefined ? shown.current.layout.byId.get(first) : undefined;
    if (node && size.current[0] > 0) look(panInto(view.current, node, size.current));
  }, [look, picture.selected]);

  const down = (event: PointerEvent<HTMLCanvasElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, y: event.clientY, view: view.current, moved: false };
  };
  const move = (event: PointerEvent<HTMLCanvasElement>) => {
    const start = drag.current;
    if (!start) return;
    const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
    start.moved ||= Math.hypot(dx, dy) >= CLICK_PIXELS;
    if (start.moved) look({ ...start.view, x: start.view.x + dx, y: start.view.y + dy });
  };
  const up = (event: PointerEvent<HTMLCanvasElement>) => {
    const wasClick = drag.current !== null && !drag.current.moved;
    drag.current = null;
    if (!wasClick) return;
    const box = event.currentTarget.getBoundingClientRect();
    const { x, y, scale } = view.current;
    const hit = nodeAt(shown.current.layout, (event.clientX - box.left - x) / scale, (event.clientY - box.top - y) / scale);
    if (hit && hit.node.kind !== 'input') selectLayer(hit.node.id);
  };
  const press = (event: KeyboardEvent) => {
    const { focused } = sessionStore.getState();
    const next = neighbour(shown.current.layout, focused ?? '', event.key);
    if (next === null || shown.current.layout.byId.get(next)?.node.kind === 'input') return;
    event.preventDefault();
    selectLayer(next);
  };
  return (
    <div className="gx-frame" role="group" tabIndex={0} aria-label={`Graph of ${name}. Arrow keys move along it; the layer table lists the same nodes.`} onKeyDown={press}>
      <canvas ref={canvas} className="gx" aria-hidden="true" onPointerDown={down} onPointerMove={move} onPointerUp={up} />
      <canvas ref={minimap} className="mini" width={MINIMAP[0] * devicePixelRatio} height={MINIMAP[1] * devicePixelRatio} aria-hidden="true" />
    </div>
  );
}
