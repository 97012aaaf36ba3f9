import { HEAT_STEPS, heatOf, type Palette } from './palette.ts';
import type { GraphPicture } from './picture.ts';
import type { Scene } from './scene.ts';
import type { Viewport } from './viewport.ts';

/** Pixels of the page. */
export const MINIMAP = { width: 64, height: 116 } as const;
const INSET = 4;
/** A graph narrower than this on the map is drawn wider than it is, or its colours could not be seen. */
const NARROWEST = 26;

export interface MapScale {
  readonly left: number;
  readonly top: number;
  readonly scaleX: number;
  readonly scaleY: number;
}

export function mapScale(width: number, height: number): MapScale {
  const [roomX, roomY] = [MINIMAP.width - 2 * INSET, MINIMAP.height - 2 * INSET];
  const both = Math.min(roomX / Math.max(1, width), roomY / Math.max(1, height));
  const scaleX = Math.max(both, Math.min(NARROWEST, roomX) / Math.max(1, width));
  return { scaleX, scaleY: both, left: (MINIMAP.width - width * scaleX) / 2, top: (MINIMAP.height - height * both) / 2 };
}

/** The whole graph, small. Drawn again only when it or the theme changes. */
export function drawMap(context: CanvasRenderingContext2D, { layout, shown }: Scene, picture: GraphPicture, palette: Palette, ratio: number): void {
  const { left, top, scaleX, scaleY } = mapScale(layout.totalWidth, layout.totalHeight);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, MINIMAP.width, MINIMAP.height);
  const byPrecision = picture.overlay === 'precision';
  for (let item = 0; item < shown.items.length; item++) {
    const strip = picture.strips[item];
    const x = left + layout.x[item] * scaleX;
    const y = top + layout.y[item] * scaleY;
    const width = Math.max(2, layout.width[item] * scaleX);
    const height = Math.max(1, layout.height[item] * scaleY);
    if (!byPrecision) {
      if (picture.steps[item] < 0) continue;
      const step = heatOf(picture.steps[item], picture.scale.length);
      context.fillStyle = step === HEAT_STEPS - 1 ? palette.ink2 : step === 0 ? palette.lineStrong : palette.edge;
      context.fillRect(x, y, width, height);
    } else if (strip) {
      for (let index = 0; index < strip.length; index++) {
        context.fillStyle = palette.rungs[strip[index]].fill;
        context.fillRect(x + (width * index) / strip.length, y, width / strip.length, height);
      }
    } else if (picture.rungs[item] >= 0) {
      context.fillStyle = palette.rungs[picture.rungs[item]].fill;
      context.fillRect(x, y, width, height);
    }
  }
}

/** The map with the part of it that the pane shows. */
export function drawMinimap(context: CanvasRenderingContext2D, map: HTMLCanvasElement, { layout }: Scene, view: Viewport, paneWidth: number, paneHeight: number, palette: Palette, ratio: number): void {
  const { left, top, scaleX, scaleY } = mapScale(layout.totalWidth, layout.totalHeight);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  context.drawImage(map, 0, 0);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const x = Math.max(1, left + (-view.x / view.scale) * scaleX);
  const y = Math.max(1, top + (-view.y / view.scale) * scaleY);
  const right = Math.min(MINIMAP.width - 1, left + ((paneWidth - view.x) / view.scale) * scaleX);
  const bottom = Math.min(MINIMAP.height - 1, top + ((paneHeight - view.y) / view.scale) * scaleY);
  context.strokeStyle = palette.accent;
  context.lineWidth = 1.5;
  context.beginPath();
  context.roundRect(x, Math.min(y, MINIMAP.height - 4), Math.max(2, right - x), Math.max(3, bottom - y), 2);
  context.stroke();
}

/** The view that has a place of the map in its middle. */
export function viewAtMap(x: number, y: number, width: number, height: number, view: Viewport, paneWidth: number, paneHeight: number): Viewport {
  const { left, top, scaleX, scaleY } = mapScale(width, height);
  return { scale: view.scale, x: paneWidth / 2 - ((x - left) / scaleX) * view.scale, y: paneHeight / 2 - ((y - top) / scaleY) * view.scale };
}
