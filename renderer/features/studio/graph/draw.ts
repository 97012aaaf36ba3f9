import { SCHEMES } from '../../../../core/schemes/index.ts';
import type { SchemeId } from '../../../../core/schemes/scheme.ts';
import { tokenColour } from '../../../ui/colours.ts';
import { precisionClass } from '../../../ui/precision.ts';
import type { GraphLayout, PlacedBlock, PlacedEdge, PlacedNode } from './layout.ts';

export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** What is painted on a layer's node. */
export interface NodePaint {
  readonly scheme: SchemeId;
  /** Right side of the node: "2.46". */
  readonly value: string;
  /** 0 to 1 for a painted measure; null paints the precision. */
  readonly share: number | null;
}

export interface GraphPicture {
  readonly layout: GraphLayout;
  readonly paints: Readonly<Record<string, NodePaint>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly blockValues: Readonly<Record<string, string>>;
  readonly selected: ReadonlySet<string>;
}

const FONT = '11px ';
/** Below this scale words are too small to read and are left out. */
const WORDS_FROM = 0.45;

export function drawGraph(context: CanvasRenderingContext2D, picture: GraphPicture, view: Viewport, width: number, height: number, ratio: number): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = tokenColour('--bg-well');
  context.fillRect(0, 0, width, height);
  drawDots(context, view, width, height);
  context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
  const top = -view.y / view.scale - 40;
  const bottom = (height - view.y) / view.scale + 40;
  const seen = (y: number, tall: number): boolean => y + tall >= top && y <= bottom;
  const family = getComputedStyle(document.body).fontFamily;
  context.font = FONT + family;
  context.textBaseline = 'alphabetic';
  const words = view.scale >= WORDS_FROM;
  for (const block of picture.layout.blocks) if (seen(block.y, block.height)) drawBlock(context, block, picture.blockValues[block.id] ?? '', words, family);
  for (const edge of picture.layout.edges) if (seen(...extentOf(edge))) drawEdge(context, edge);
  for (const node of picture.layout.nodes) if (seen(node.y, node.height)) drawNode(context, node, picture, words, family);
}

function extentOf({ points }: PlacedEdge): readonly [y: number, height: number] {
  const first = points[0][1];
  const last = points[points.length - 1][1];
  return [Math.min(first, last), Math.abs(last - first)];
}

const DOT_PITCH = 16;

function drawDots(context: CanvasRenderingContext2D, view: Viewport, width: number, height: number): void {
  const pitch = DOT_PITCH * (view.scale < 0.5 ? 2 : 1) * view.scale;
  if (pitch < 6) return;
  context.fillStyle = tokenColour('--line');
  for (let x = view.x % pitch; x < width; x += pitch) for (let y = view.y % pitch; y < height; y += pitch) context.fillRect(x - 0.75, y - 0.75, 1.5, 1.5);
}

function box(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, radius: number): void {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
}

function drawBlock(context: CanvasRenderingContext2D, block: PlacedBlock, value: string, words: boolean, family: string): void {
  context.globalAlpha = 0.72;
  context.fillStyle = tokenColour('--bg-panel');
  box(context, block.x, block.y, block.width, block.height, 6);
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = tokenColour('--line-strong');
  context.lineWidth = 1;
  context.stroke();
  if (!words) return;
  context.fillStyle = tokenColour('--ink-2');
  context.textAlign = 'left';
  context.font = `600 ${FONT}${family}`;
  context.fillText(block.label, block.x + 10, block.y + 16, block.width - 80);
  context.font = FONT + family;
  context.textAlign = 'right';
  context.fillText(value, block.x + block.width - 10, block.y + 16);
}

const CORNER = 8;

function drawEdge(context: CanvasRenderingContext2D, { points }: PlacedEdge): void {
  context.strokeStyle = tokenColour('--edge');
  context.fillStyle = context.strokeStyle;
  context.lineWidth = 1.25;
  const [endX, endY] = points[points.length - 1];
  const [beforeX, beforeY] = points[points.length - 2];
  const length = Math.hypot(endX - beforeX, endY - beforeY) || 1;
  const [dx, dy] = [(endX - beforeX) / length, (endY - beforeY) / length];
  context.beginPath();
  context.moveTo(...points[0]);
  for (let index = 1; index < points.length - 1; index++) {
    const [cornerX, cornerY] = points[index];
    const [nextX, nextY] = points[index + 1];
    const [lastX, lastY] = points[index - 1];
    const radius = Math.min(CORNER, Math.hypot(nextX - cornerX, nextY - cornerY) / 2, Math.hypot(lastX - cornerX, lastY - cornerY) / 2);
    context.arcTo(cornerX, cornerY, nextX, nextY, radius);
  }
  context.lineTo(endX - dx * 5, endY - dy * 5);
  context.stroke();
  context.beginPath();
  context.moveTo(endX, endY);
  context.lineTo(endX - dx * 6 - dy * 3.5, endY - dy * 6 + dx * 3.5);
  context.lineTo(endX - dx * 6 + dy * 3.5, endY - dy * 6 - dx * 3.5);
  context.fill();
}

function drawNode(context: CanvasRenderingContext2D, placed: PlacedNode, picture: GraphPicture, words: boolean, family: string): void {
  const { node, x, y, width, height, shape } = placed;
  const label = picture.labels[node.id] ?? node.label;
  const paint = picture.paints[node.id];
  if (shape === 'join') drawJoin(context, placed);
  else if (shape === 'layer' && paint) drawLayer(context, placed, label, paint, words, family);
  else drawStep(context, placed, label, words);
  if (!picture.selected.has(node.id)) return;
  context.strokeStyle = tokenColour('--accent');
  context.lineWidth = 2;
  box(context, x - 3, y - 3, width + 6, height + 6, shape === 'join' ? 12 : 5);
  context.stroke();
}

function drawJoin(context: CanvasRenderingContext2D, { x, y, width, height }: PlacedNode): void {
  const [cx, cy] = [x + width / 2, y + height / 2];
  context.beginPath();
  context.arc(cx, cy, width / 2, 0, Math.PI * 2);
  context.fillStyle = tokenColour('--bg-raised');
  context.fill();
  context.strokeStyle = tokenColour('--line-strong');
  context.lineWidth = 1;
  context.stroke();
  context.strokeStyle = tokenColour('--edge');
  context.lineWidth = 1.25;
  context.beginPath();
  context.moveTo(cx - 4, cy);
  context.lineTo(cx + 4, cy);
  context.moveTo(cx, cy - 4);
  context.lineTo(cx, cy + 4);
  context.stroke();
}

function drawStep(context: CanvasRenderingContext2D, { x, y, width, height }: PlacedNode, label: string, words: boolean): void {
  context.fillStyle = tokenColour('--bg-raised');
  context.strokeStyle = tokenColour('--line-strong');
  context.lineWidth = 1;
  box(context, x, y, width, height, 3);
  context.fill();
  context.stroke();
  if (!words) return;
  context.fillStyle = tokenColour('--ink-3');
  context.textAlign = 'center';
  context.fillText(shorten(context, label, width - 10), x + width / 2, y + 15);
}

const LETTER_CELL = 20;

function drawLayer(context: CanvasRenderingContext2D, { x, y, width, height }: PlacedNode, label: string, paint: NodePaint, words: boolean, family: string): void {
  const token = `--${precisionClass(paint.scheme)}`;
  context.fillStyle = tokenColour(paint.share === null ? `${token}-soft` : '--bg-raised');
  box(context, x, y, width, height, 3);
  context.fill();
  if (paint.share !== null) {
    context.save();
    context.clip();
    context.fillStyle = tokenColour('--bg-active');
    context.fillRect(x + LETTER_CELL, y, (width - LETTER_CELL) * paint.share, height);
    context.restore();
  }
  context.fillStyle = tokenColour(token);
  box(context, x, y, LETTER_CELL, height, 3);
  context.fill();
  context.fillRect(x + LETTER_CELL - 4, y, 4, height);
  context.strokeStyle = tokenColour(paint.share === null ? token : '--line-strong');
  context.lineWidth = 1;
  box(context, x, y, width, height, 3);
  context.stroke();
  if (!words) return;
  context.textAlign = 'center';
  context.font = `600 ${FONT}${family}`;
  context.fillStyle = tokenColour(`${token}-on`);
  context.fillText(SCHEMES[paint.scheme].letter, x + LETTER_CELL / 2, y + 16);
  context.font = FONT + family;
  context.textAlign = 'right';
  context.fillStyle = tokenColour('--ink-2');
  context.fillText(paint.value, x + width - 7, y + 16);
  const room = width - LETTER_CELL - 20 - context.measureText(paint.value).width;
  context.textAlign = 'left';
  context.fillStyle = tokenColour('--ink-1');
  context.fillText(shorten(context, label, room), x + LETTER_CELL + 7, y + 16);
}

/** The end of a name tells layers apart, so the middle is left out. */
function shorten(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  for (let kept = text.length - 1; kept > 2; kept--) {
    const head = Math.ceil(kept / 2);
    const short = `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`;
    if (context.measureText(short).width <= room) return short;
  }
  return '…';
}

export function drawMinimap(context: CanvasRenderingContext2D, picture: GraphPicture, view: Viewport, pane: readonly [number, number], size: readonly [number, number], ratio: number): void {
  const [width, height] = size;
  const { layout } = picture;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const scale = Math.min((width - 8) / layout.width, (height - 8) / layout.height);
  const [left, top] = [(width - layout.width * scale) / 2, (height - layout.height * scale) / 2];
  for (const node of layout.nodes) {
    const paint = picture.paints[node.node.id];
    if (!paint) continue;
    context.fillStyle = tokenColour(`--${precisionClass(paint.scheme)}`);
    context.fillRect(left + node.x * scale, top + node.y * scale, Math.max(2, node.width * scale), Math.max(1, node.height * scale));
  }
  context.strokeStyle = tokenColour('--accent');
  context.lineWidth = 1.5;
  const x = Math.max(1, left + (-view.x / view.scale) * scale);
  const y = Math.max(1, top + (-view.y / view.scale) * scale);
  const right = Math.min(width - 1, left + ((pane[0] - view.x) / view.scale) * scale);
  const bottom = Math.min(height - 1, top + ((pane[1] - view.y) / view.scale) * scale);
  box(context, x, y, Math.max(2, right - x), Math.max(2, bottom - y), 2);
  context.stroke();
}
