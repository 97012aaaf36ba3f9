import type { Places } from './draw.ts';
import type { Scene } from './scene.ts';

const DURATION_MS = 220;

/** Items on their way from where they stood. Its arrays are made once and written every frame. */
export interface Motion {
  readonly places: Places;
  /** Moves everything to a moment; returns the share done, 0 to 1. */
  advance(nowMs: number): number;
}

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function frameOf({ shown, layout: { frames } }: Scene, block: string): Rectangle | null {
  const index = shown.frameOf.get(block);
  return index === undefined ? null : { x: frames[4 * index], y: frames[4 * index + 1], width: frames[4 * index + 2], height: frames[4 * index + 3] };
}

/** Where a node, or a block whether open or closed, stands; what is in a closed block stands where the block does. */
export function placeOf(scene: Scene, id: string): Rectangle | null {
  const item = scene.shown.itemOf.get(id);
  if (item === undefined) return frameOf(scene, id);
  const { x, y, width, height } = scene.layout;
  return { x: x[item], y: y[item], width: width[item], height: height[item] };
}

/** From one scene of a graph to another. `shiftX` and `shiftY`: how far the view moves meanwhile, in graph pixels. */
export function startMotion(before: Scene, after: Scene, shiftX: number, shiftY: number, startMs: number): Motion {
  const { layout, shown } = after;
  const count = shown.items.length;
  const from = { x: layout.x.slice(), y: layout.y.slice(), width: layout.width.slice(), height: layout.height.slice(), frames: layout.frames.slice() };
  const placeBefore = (id: string): Rectangle | null => frameOf(before, id) ?? placeOf(before, id);
  for (let item = 0; item < count; item++) {
    const place = placeBefore(shown.items[item].id);
    if (!place) continue;
    from.x[item] = place.x + shiftX;
    from.y[item] = place.y + shiftY;
    from.width[item] = place.width;
    from.height[item] = place.height;
  }
  shown.frames.forEach((block, index) => {
    const place = placeBefore(block.id);
    if (place) from.frames.set([place.x + shiftX, place.y + shiftY, place.width, place.height], 4 * index);
  });
  const places = { x: from.x.slice(), y: from.y.slice(), width: from.width.slice(), height: from.height.slice(), frames: from.frames.slice() };
  const names = ['x', 'y', 'width', 'height', 'frames'] as const;
  return {
    places,
    advance(nowMs) {
      const share = Math.min(1, Math.max(0, (nowMs - startMs) / DURATION_MS));
      const eased = 1 - (1 - share) ** 3;
      for (const name of names) {
        const [start, end, now] = [from[name], layout[name], places[name]];
        for (let index = 0; index < now.length; index++) now[index] = start[index] + (end[index] - start[index]) * eased;
      }
      return share;
    },
  };
}

export function movesLittle(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
