import type { GraphFrame } from './draw.ts';
import { heatOf } from './palette.ts';

/** Names as far as there is room for them, measured once. */
export interface Words {
  readonly items: (string | undefined)[];
  readonly frames: (string | undefined)[];
}

const LETTER_CELL = 20;
const RADIUS = 3;
const STRIP = 4;

export function drawItemShape(context: CanvasRenderingContext2D, frame: GraphFrame, item: number, outlines: boolean): void {
  const { shape } = frame.scene.shown.items[item];
  if (shape === 'join') drawJoin(context, frame, item, outlines);
  else if (shape === 'block') drawBlock(context, frame, item, outlines);
  else if (frame.picture.rungs[item] >= 0) drawLayer(context, frame, item, outlines);
  else drawStep(context, frame, item, outlines);
}

function rectangle(context: CanvasRenderingContext2D, { places: { x, y, width, height } }: GraphFrame, item: number, rounds: boolean, by = 0): void {
  context.beginPath();
  if (rounds) context.roundRect(x[item] + by, y[item] + by, width[item], height[item], RADIUS);
  else context.rect(x[item] + by, y[item] + by, width[item], height[item]);
}

function drawStep(context: CanvasRenderingContext2D, frame: GraphFrame, item: number, outlines: boolean): void {
  context.fillStyle = outlines ? frame.palette.raised : frame.palette.lineStrong;
  rectangle(context, frame, item, outlines);
  context.fill();
  if (!outlines) return;
  context.strokeStyle = frame.palette.lineStrong;
  context.lineWidth = 1;
  context.stroke();
}

function drawJoin(context: CanvasRenderingContext2D, { scene, places, palette }: GraphFrame, item: number, outlines: boolean): void {
  const radius = places.width[item] / 2;
  const cx = places.x[item] + radius;
  const cy = places.y[item] + places.height[item] / 2;
  context.beginPath();
  context.arc(cx, cy, radius, 0, Math.PI * 2);
  context.fillStyle = outlines ? palette.raised : palette.lineStrong;
  context.fill();
  if (!outlines) return;
  context.strokeStyle = palette.lineStrong;
  context.lineWidth = 1;
  context.stroke();
  context.strokeStyle = palette.edge;
  context.lineWidth = 1.25;
  context.beginPath();
  if (scene.shown.items[item].node?.op === 'concat') {
    // Side by side, not summed.
    context.moveTo(cx - 2.5, cy - 4);
    context.lineTo(cx - 2.5, cy + 4);
    context.moveTo(cx + 2.5, cy - 4);
    context.lineTo(cx + 2.5, cy + 4);
  } else {
    context.moveTo(cx - 4, cy);
    context.lineTo(cx + 4, cy);
    context.moveTo(cx, cy - 4);
    context.lineTo(cx, cy + 4);
  }
  context.stroke();
}

/** The fill of an item under a painted metric: a tint of the scale, or nothing known. */
function heatFill({ picture, palette }: GraphFrame, item: number): string {
  return picture.steps[item] < 0 ? palette.raised : palette.heat[heatOf(picture.steps[item], picture.scale.length)];
}

function drawLayer(context: CanvasRenderingContext2D, frame: GraphFrame, item: number, outlines: boolean): void {
  const { picture, palette, places } = frame;
  const colours = palette.rungs[picture.rungs[item]];
  const byPrecision = picture.overlay === 'precision';
  if (!outlines) {
    context.fillStyle = byPrecision ? colours.fill : heatFill(frame, item);
    rectangle(context, frame, item, false);
    context.fill();
    return;
  }
  context.fillStyle = byPrecision ? colours.soft : heatFill(frame, item);
  rectangle(context, frame, item, true);
  context.fill();
  context.fillStyle = colours.fill;
  context.beginPath();
  context.roundRect(places.x[item], places.y[item], LETTER_CELL, places.height[item], RADIUS);
  context.rect(places.x[item] + LETTER_CELL - RADIUS, places.y[item], RADIUS, places.height[item]);
  context.fill();
  context.strokeStyle = byPrecision ? colours.fill : palette.lineStrong;
  context.lineWidth = 1;
  rectangle(context, frame, item, true);
  context.stroke();
}

/** A second sheet behind it says that there is more inside; the strip has a piece for every layer. */
function drawBlock(context: CanvasRenderingContext2D, frame: GraphFrame, item: number, outlines: boolean): void {
  const { picture, palette, places } = frame;
  context.fillStyle = picture.overlay === 'precision' ? palette.raised : heatFill(frame, item);
  context.strokeStyle = palette.lineStrong;
  context.lineWidth = 1;
  if (outlines) {
    rectangle(context, frame, item, true, 3);
    context.fill();
    context.stroke();
  }
  rectangle(context, frame, item, outlines);
  context.fill();
  context.stroke();
  const strip = picture.strips[item];
  if (!strip || strip.length === 0) return;
  const width = places.width[item] - 2;
  const tall = outlines ? STRIP : places.height[item] / 2;
  const top = places.y[item] + places.height[item] - tall - (outlines ? 2 : 0);
  for (let index = 0; index < strip.length; index++) {
    context.fillStyle = palette.rungs[strip[index]].fill;
    context.fillRect(places.x[item] + 1 + (width * index) / strip.length, top, width / strip.length - (strip.length > 24 ? 0 : 1), tall);
  }
}

export function drawItemWords(context: CanvasRenderingContext2D, frame: GraphFrame, item: number): void {
  const { scene, picture, palette, places, words } = frame;
  const { shape } = scene.shown.items[item];
  if (shape === 'join') return;
  const x = places.x[item];
  const y = places.y[item];
  const width = places.width[item];
  context.font = palette.font;
  const value = picture.values[item];
  const isLayer = picture.rungs[item] >= 0;
  if (!isLayer && shape !== 'block') {
    context.textAlign = 'center';
    context.fillStyle = palette.ink3;
    context.fillText(words.items[item] ?? fitWords(context, words.items, item, picture.labels[item], width - 10), x + width / 2, y + 15);
    return;
  }
  const baseline = y + 16;
  context.textAlign = 'right';
  context.fillStyle = picture.steps[item] < 0 ? palette.ink2 : palette.ink1;
  context.fillText(value, x + width - 7, baseline);
  context.textAlign = 'left';
  if (isLayer) {
    const label = words.items[item] ?? fitWords(context, words.items, item, picture.labels[item], width - LETTER_CELL - 20 - context.measureText(value).width);
    context.fillStyle = palette.ink1;
    context.fillText(label, x + LETTER_CELL + 7, baseline);
    context.textAlign = 'center';
    context.font = palette.strongFont;
    context.fillStyle = palette.rungs[picture.rungs[item]].on;
    context.fillText(palette.rungs[picture.rungs[item]].letter, x + LETTER_CELL / 2, baseline);
    return;
  }
  const label = words.items[item] ?? fitWords(context, words.items, item, picture.labels[item], width - 32 - context.measureText(value).width);
  context.font = palette.strongFont;
  context.fillStyle = palette.ink2;
  context.fillText(label, x + 18, baseline);
  context.strokeStyle = palette.ink3;
  context.lineWidth = 1.25;
  context.beginPath();
  context.moveTo(x + 8.5, y + 9);
  context.lineTo(x + 11.5, y + 12);
  context.lineTo(x + 8.5, y + 15);
  context.stroke();
}

/** Shortens a name to the room, once: the end of a name tells layers apart, so the middle is left out. */
export function fitWords(context: CanvasRenderingContext2D, known: (string | undefined)[], index: number, text: string, room: number): string {
  const fits = (candidate: string): boolean => context.measureText(candidate).width <= room;
  const cut = (kept: number): string => `${text.slice(0, Math.ceil(kept / 2))}…${text.slice(text.length - Math.floor(kept / 2))}`;
  let short = text;
  if (!fits(text)) {
    let [low, high] = [0, text.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (fits(cut(middle))) low = middle;
      else high = middle - 1;
    }
    short = low < 2 ? '…' : cut(low);
  }
  known[index] = short;
  return short;
}
