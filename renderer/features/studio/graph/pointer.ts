import type { GraphView, Hit } from './graph-view.ts';

export interface PointerEvents {
  readonly onPress: (hit: Hit, event: PointerEvent) => void;
  readonly onOpen: (hit: Hit, event: MouseEvent) => void;
  readonly onHover: (hit: Hit) => void;
}

/** A press that moves less than this is a click. */
const CLICK_PIXELS = 4;
const LINE_PIXELS = 16;
/** Wheel steps of a mouse are large; those of two fingers come as many small ones. */
const ZOOM_PER_PIXEL = 1 / 300;

interface Finger {
  x: number;
  y: number;
}

/** Drag or wheel pans, Ctrl and wheel or two fingers zoom, a click selects; with Space held a drag never selects. */
export function listenToPointer(canvas: HTMLCanvasElement, minimap: HTMLCanvasElement, view: GraphView, events: PointerEvents): () => void {
  const fingers = new Map<number, Finger>();
  let moved = false;
  let start: Finger = { x: 0, y: 0 };
  let isSpaceHeld = false;
  const placeIn = (event: MouseEvent): Finger => ({ x: event.offsetX, y: event.offsetY });

  const down = (event: PointerEvent): void => {
    canvas.setPointerCapture(event.pointerId);
    if (fingers.size === 0) moved = false;
    fingers.set(event.pointerId, placeIn(event));
    start = placeIn(event);
  };
  const pinch = (finger: Finger, next: Finger): void => {
    const other = [...fingers.values()].find((candidate) => candidate !== finger);
    if (!other) return;
    const [before, after] = [Math.hypot(finger.x - other.x, finger.y - other.y), Math.hypot(next.x - other.x, next.y - other.y)];
    if (before > 0) view.zoom(after / before, (next.x + other.x) / 2, (next.y + other.y) / 2);
    moved = true;
  };
  const move = (event: PointerEvent): void => {
    const finger = fingers.get(event.pointerId);
    const next = placeIn(event);
    if (!finger) return events.onHover(view.hit(next.x, next.y));
    if (fingers.size > 1) pinch(finger, next);
    else {
      const wasStill = !moved;
      moved ||= Math.hypot(next.x - start.x, next.y - start.y) >= CLICK_PIXELS;
      if (moved) view.panBy(next.x - (wasStill ? start.x : finger.x), next.y - (wasStill ? start.y : finger.y));
    }
    finger.x = next.x;
    finger.y = next.y;
  };
  const up = (event: PointerEvent): void => {
    const isClick = fingers.size === 1 && !moved && !isSpaceHeld && event.type === 'pointerup';
    fingers.delete(event.pointerId);
    const { x, y } = placeIn(event);
    if (isClick) events.onPress(view.hit(x, y), event);
  };
  const leave = (): void => events.onHover(null);
  const open = (event: MouseEvent): void => events.onOpen(view.hit(event.offsetX, event.offsetY), event);
  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PIXELS : 1;
    if (event.ctrlKey || event.metaKey) view.zoom(Math.exp(-event.deltaY * unit * ZOOM_PER_PIXEL), event.offsetX, event.offsetY);
    else if (event.shiftKey && event.deltaX === 0) view.panBy(-event.deltaY * unit, 0);
    else view.panBy(-event.deltaX * unit, -event.deltaY * unit);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === ' ') isSpaceHeld = event.type === 'keydown';
    canvas.classList.toggle('gx-pans', isSpaceHeld);
  };
  const mapDown = (event: PointerEvent): void => {
    minimap.setPointerCapture(event.pointerId);
    view.goToMap(event.offsetX, event.offsetY);
  };
  const mapMove = (event: PointerEvent): void => {
    if (minimap.hasPointerCapture(event.pointerId)) view.goToMap(event.offsetX, event.offsetY);
  };

  const stop = new AbortController();
  const { signal } = stop;
  canvas.addEventListener('pointerdown', down, { signal });
  canvas.addEventListener('pointermove', move, { signal });
  canvas.addEventListener('pointerup', up, { signal });
  canvas.addEventListener('pointercancel', up, { signal });
  canvas.addEventListener('pointerleave', leave, { signal });
  canvas.addEventListener('dblclick', open, { signal });
  canvas.addEventListener('wheel', wheel, { signal, passive: false });
  window.addEventListener('keydown', key, { signal });
  window.addEventListener('keyup', key, { signal });
  minimap.addEventListener('pointerdown', mapDown, { signal });
  minimap.addEventListener('pointermove', mapMove, { signal });
  return () => stop.abort();
}
