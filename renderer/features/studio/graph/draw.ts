import type { LayoutResult } from '../../../../core/layout/contract.ts';
import { arrowsOf, linesOf, traceLine } from './lines.ts';
import { drawItemShape, drawItemWords, fitWords, type Words } from './draw-items.ts';
import type { Palette } from './palette.ts';
import type { GraphPicture } from './picture.ts';
import { firstBelow, type Scene } from './scene.ts';
import type { Viewport } from './viewport.ts';

export type Places = Pick<LayoutResult, 'x' | 'y' | 'width' | 'height' | 'frames'>;

/** What is marked, by places of the items; −1 for none. */
export interface Marks {
  /** 1: selected; 2: a closed block of which some layers are. */
  readonly selected: Uint8Array;
  readonly hovered: number;
  readonly focused: number;
  /** The graph has the keyboard. */
  readonly showsFocus: boolean;
}

/** Everything that one frame shows. */
export interface GraphFrame {
  readonly scene: Scene;
  readonly picture: GraphPicture;
  readonly words: Words;
  /** Where items stand now; the scene's own unless they move. */
  readonly places: Places;
  /** 0 to 1 while items move. */
  readonly progress: number;
  readonly marks: Marks;
  readonly palette: Palette;
}

/** Below these scales words, arrowheads and outlines are too small to be seen. */
const WORDS_FROM = 0.6;
const ARROWS_FROM = 0.35;
const OUTLINES_FROM = 0.3;
/** Items that move may come from so far outside. */
const MOVING_MARGIN = 600;
const MARGIN = 40;
const MOST_MARKED_LINES = 64;

export function drawGraph(context: CanvasRenderingContext2D, frame: GraphFrame, view: Viewport, width: number, height: number, ratio: number): void {
  const { scene, places, palette } = frame;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = palette.well;
  context.fillRect(0, 0, width, height);
  drawDots(context, view, width, height, palette.line);
  context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
  context.textBaseline = 'alphabetic';
  const margin = frame.progress < 1 ? MOVING_MARGIN : MARGIN;
  const top = -view.y / view.scale - margin;
  const bottom = (height - view.y) / view.scale + margin;
  const left = -view.x / view.scale - margin;
  const right = (width - view.x) / view.scale + margin;
  drawFrames(context, frame, view.scale, top, bottom);
  drawLines(context, frame, view.scale, top, bottom, left, right);
  const outlines = view.scale >= OUTLINES_FROM;
  const words = view.scale >= WORDS_FROM;
  const { byTop, layout } = scene;
  for (let index = firstBelow(scene, top); index < byTop.length && layout.y[byTop[index]] <= bottom; index++) {
    const item = byTop[index];
    if (places.x[item] > right || places.x[item] + places.width[item] < left) continue;
    drawItemShape(context, frame, item, outlines);
    if (words) drawItemWords(context, frame, item);
    drawMarks(context, frame, item, view.scale);
    drawDifference(context, frame, item, view.scale);
  }
}

const DOT_PITCH = 16;
const DOTS_FROM = 0.5;

function drawDots(context: CanvasRenderingContext2D, view: Viewport, width: number, height: number, colour: string): void {
  if (view.scale < DOTS_FROM) return;
  const pitch = DOT_PITCH * view.scale;
  context.fillStyle = colour;
  for (let x = view.x % pitch; x < width; x += pitch) for (let y = view.y % pitch; y < height; y += pitch) context.fillRect(x - 0.75, y - 0.75, 1.5, 1.5);
}

function drawFrames(context: CanvasRenderingContext2D, { places, picture, palette, words }: GraphFrame, scale: number, top: number, bottom: number): void {
  const { frames } = places;
  for (let frame = 0; 4 * frame < frames.length; frame++) {
    const x = frames[4 * frame];
    const y = frames[4 * frame + 1];
    const width = frames[4 * frame + 2];
    const height = frames[4 * frame + 3];
    if (y > bottom || y + height < top) continue;
    context.beginPath();
    if (scale >= OUTLINES_FROM) context.roundRect(x, y, width, height, 6);
    else context.rect(x, y, width, height);
    context.globalAlpha = 0.72;
    context.fillStyle = palette.panel;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = palette.lineStrong;
    context.lineWidth = 1;
    context.stroke();
    if (scale < WORDS_FROM) continue;
    drawChevron(context, x + 12, y + 12, palette.ink3);
    context.fillStyle = palette.ink2;
    context.font = palette.strongFont;
    context.textAlign = 'left';
    // The line that comes in at the top stands above the first column; the name stays left of it.
    context.fillText(words.frames[frame] ?? fitWords(context, words.frames, frame, picture.frameLabels[frame], 70), x + 20, y + 16);
    context.font = palette.font;
    context.textAlign = 'right';
    context.fillText(picture.frameValues[frame], x + width - 10, y + 16);
  }
}

/** Points down: what is below is open. */
function drawChevron(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 1.25;
  context.beginPath();
  context.moveTo(x - 3, y - 1.5);
  context.lineTo(x, y + 1.5);
  context.lineTo(x + 3, y - 1.5);
  context.stroke();
}

function drawLines(context: CanvasRenderingContext2D, frame: GraphFrame, scale: number, top: number, bottom: number, left: number, right: number): void {
  const { scene, palette, marks, progress } = frame;
  const { layout, bundles } = scene;
  // Lines stand at their new places at once, and come up while the items arrive.
  context.globalAlpha = progress * progress;
  context.strokeStyle = palette.edge;
  context.fillStyle = palette.edge;
  context.lineWidth = scale >= OUTLINES_FROM ? 1.25 : Math.min(3, 0.6 / scale);
  for (let index = 0; index < bundles.length; index++) {
    const bundle = bundles[index];
    if (bundle.top > bottom || bundle.bottom < top || bundle.left > right || bundle.right < left) continue;
    context.stroke(linesOf(bundle, layout));
    if (scale >= ARROWS_FROM) context.fill(arrowsOf(bundle, layout));
  }
  drawMarkedLines(context, frame, marks.focused, palette.accent, scale);
  if (marks.hovered !== marks.focused) drawMarkedLines(context, frame, marks.hovered, palette.ink2, scale);
  context.globalAlpha = 1;
}

/** The lines of the item at hand, so that they can be followed with the eye. */
function drawMarkedLines(context: CanvasRenderingContext2D, { scene }: GraphFrame, item: number, colour: string, scale: number): void {
  const edges = item < 0 ? undefined : scene.linesOf[item];
  if (!edges) return;
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1.75, 1.25 / scale);
  context.beginPath();
  for (let index = 0; index < edges.length && index < MOST_MARKED_LINES; index++) traceLine(context, scene.layout, edges[index]);
  context.stroke();
}

const SIGN_WIDTH = 14;

/** ≠ on the upper right corner; from far away a dash beside the box. */
function drawDifference(context: CanvasRenderingContext2D, { picture, places, palette }: GraphFrame, item: number, scale: number): void {
  if (picture.differs?.[item] !== 1) return;
  const right = places.x[item] + places.width[item];
  const y = places.y[item];
  context.fillStyle = palette.ink1;
  if (scale < WORDS_FROM) {
    context.fillRect(right + 2 / scale, y, 2 / scale, places.height[item]);
    return;
  }
  context.beginPath();
  context.roundRect(right - SIGN_WIDTH / 2, y - SIGN_WIDTH / 2, SIGN_WIDTH, SIGN_WIDTH, 3);
  context.fill();
  context.fillStyle = palette.panel;
  context.font = palette.strongFont;
  context.textAlign = 'center';
  context.fillText('≠', right, y + 4);
}

function drawMarks(context: CanvasRenderingContext2D, { scene, places, marks, palette }: GraphFrame, item: number, scale: number): void {
  const selected = marks.selected[item];
  const isFocused = marks.showsFocus && item === marks.focused;
  if (selected === 0 && item !== marks.hovered && !isFocused) return;
  const radius = scene.shown.items[item].shape === 'join' ? 12 : 5;
  const thin = Math.max(1, 1 / scale);
  if (selected !== 0 || item === marks.hovered) {
    context.strokeStyle = selected === 0 ? palette.ink3 : palette.accent;
    context.lineWidth = selected === 1 ? 2 * thin : thin;
    outline(context, places, item, 3, radius);
  }
  if (isFocused) {
    context.strokeStyle = palette.accent;
    context.lineWidth = thin;
    outline(context, places, item, 6, radius + 3);
  }
}

function outline(context: CanvasRenderingContext2D, { x, y, width, height }: Places, item: number, by: number, radius: number): void {
  context.beginPath();
  context.roundRect(x[item] - by, y[item] - by, width[item] + 2 * by, height[item] + 2 * by, radius);
  context.stroke();
}
