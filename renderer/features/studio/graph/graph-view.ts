import { onThemeChange } from '../../../ui/colours.ts';
import { drawGraph, type Marks } from './draw.ts';
import type { Words } from './draw-items.ts';
import { drawMap, drawMinimap, MINIMAP, viewAtMap } from './minimap.ts';
import { movesLittle, placeOf, startMotion, type Motion } from './motion.ts';
import { readPalette } from './palette.ts';
import type { GraphPicture } from './picture.ts';
import { frameHeadAt, itemAt, type Scene } from './scene.ts';
import type { ViewLink } from './view-link.ts';
import { clampView, fitView, panInto, wholeView, zoomWithin, type Extent, type Viewport } from './viewport.ts';

export type Hit = { readonly kind: 'item' | 'frame'; readonly index: number } | null;

/** The picture on the canvas. Changes are drawn together in the next frame. */
export type GraphView = ReturnType<typeof createGraphView>;

const NO_WORDS = (): Words => ({ items: [], frames: [] });

export function createGraphView(canvas: HTMLCanvasElement, minimap: HTMLCanvasElement, link: ViewLink | null = null) {
  const context = canvas.getContext('2d', { alpha: false });
  const mapContext = minimap.getContext('2d');
  const map = document.createElement('canvas');
  const hiddenContext = map.getContext('2d');
  let palette = readPalette();
  let scene: Scene | null = null;
  let picture: GraphPicture | null = null;
  let words = NO_WORDS();
  let marks: Marks = { selected: new Uint8Array(0), hovered: -1, focused: -1, showsFocus: false };
  let view: Viewport = { x: 0, y: 0, scale: 1 };
  let pane: Extent = { width: 0, height: 0 };
  let motion: Motion | null = null;
  let isMapCurrent = false;
  let frame = 0;

  const extent = (): Extent => ({ width: scene?.layout.totalWidth ?? 0, height: scene?.layout.totalHeight ?? 0 });
  const schedule = (): void => {
    frame ||= requestAnimationFrame(draw);
  };
  const look = (next: Viewport): void => {
    view = clampView(next, extent(), pane);
    link?.moved(follow, view);
    schedule();
  };
  const follow = (next: Viewport): void => {
    view = next;
    schedule();
  };
  const unlink = link?.join(follow);

  function draw(nowMs: number): void {
    frame = 0;
    if (!context || !mapContext || !hiddenContext || !scene || !picture || pane.width === 0) return;
    const progress = motion?.advance(nowMs) ?? 1;
    const places = motion?.places ?? scene.layout;
    drawGraph(context, { scene, picture, words, places, progress, marks, palette }, view, pane.width, pane.height, devicePixelRatio);
    if (!isMapCurrent) drawMap(hiddenContext, scene, picture, palette, devicePixelRatio);
    isMapCurrent = true;
    drawMinimap(mapContext, map, scene, view, pane.width, pane.height, palette, devicePixelRatio);
    if (motion && progress >= 1) motion = null;
    if (motion) schedule();
  }

  /** The place at hand keeps its height on the screen while others come and go around it. */
  const settle = (before: Scene, after: Scene, anchor: string | null): void => {
    const middle = itemAt(before, (pane.width / 2 - view.x) / view.scale, (pane.height / 2 - view.y) / view.scale);
    const held = anchor ?? (middle >= 0 ? before.shown.items[middle].id : null);
    const [was, is] = held === null ? [null, null] : [placeOf(before, held), placeOf(after, held)];
    // The main path begins with the first item: its column stays where it is.
    const [column, moved] = [placeOf(before, before.shown.items[0].id), placeOf(after, before.shown.items[0].id)];
    const across = column && moved ? column.x + column.width / 2 - moved.x - moved.width / 2 : 0;
    const start = view;
    look({ ...view, x: view.x + across * view.scale, y: view.y + (was && is ? was.y - is.y : 0) * view.scale });
    if (movesLittle()) return;
    motion = startMotion(before, after, (start.x - view.x) / view.scale, (start.y - view.y) / view.scale, performance.now());
  };

  const observer = new ResizeObserver(([entry]) => {
    const isFirst = pane.width === 0;
    pane = entry.contentRect;
    canvas.width = Math.round(pane.width * devicePixelRatio);
    canvas.height = Math.round(pane.height * devicePixelRatio);
    for (const element of [minimap, map]) {
      element.width = Math.round(MINIMAP.width * devicePixelRatio);
      element.height = Math.round(MINIMAP.height * devicePixelRatio);
    }
    isMapCurrent = false;
    if (pane.width > 0) look(isFirst ? fitView(extent(), pane) : view);
  });
  observer.observe(canvas);
  const stopTheme = onThemeChange(() => {
    palette = readPalette();
    words = NO_WORDS();
    isMapCurrent = false;
    schedule();
  });

  return {
    /** `anchor`: what a person just opened or closed. A scene of another graph is fitted. */
    show(next: Scene, painted: GraphPicture, isSameGraph: boolean, anchor: string | null): void {
      const before = scene;
      motion = null;
      if (next !== before) {
        scene = next;
        if (before && isSameGraph && before.shown.items.length > 0 && pane.width > 0) settle(before, next, anchor);
        else look(fitView(extent(), pane));
      }
      if (next !== before || painted !== picture) words = NO_WORDS();
      picture = painted;
      isMapCurrent = false;
      schedule();
    },
    mark(next: Marks): void {
      marks = next;
      schedule();
    },
    /** First as far as it is readable, then all of it. */
    fit(): void {
      const readable = fitView(extent(), pane);
      const isThere = Math.abs(readable.scale - view.scale) < 1e-6 && Math.abs(readable.y - view.y) < 1;
      look(isThere ? wholeView(extent(), pane) : readable);
    },
    zoom(factor: number, x = pane.width / 2, y = pane.height / 2): void {
      look(zoomWithin(view, factor, x, y, extent(), pane));
    },
    panBy(dx: number, dy: number): void {
      look({ ...view, x: view.x + dx, y: view.y + dy });
    },
    /** Centres a place of the minimap. */
    goToMap(x: number, y: number): void {
      look(viewAtMap(x, y, extent().width, extent().height, view, pane.width, pane.height));
    },
    reveal(id: string): void {
      const place = scene && placeOf(scene, id);
      if (place && pane.width > 0) look(panInto(view, place, pane));
    },
    hit(x: number, y: number): Hit {
      if (!scene) return null;
      const [graphX, graphY] = [(x - view.x) / view.scale, (y - view.y) / view.scale];
      const item = itemAt(scene, graphX, graphY);
      if (item >= 0) return { kind: 'item', index: item };
      const head = frameHeadAt(scene, graphX, graphY);
      return head < 0 ? null : { kind: 'frame', index: head };
    },
    dispose(): void {
      observer.disconnect();
      stopTheme();
      unlink?.();
      cancelAnimationFrame(frame);
      frame = -1;
    },
  };
}
