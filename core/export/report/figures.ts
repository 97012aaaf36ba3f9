import { SCHEMES } from '../../schemes/index.ts';
import type { SchemeId } from '../../schemes/scheme.ts';
import { html, type Html } from './html.ts';
import type { LayerFactsLine } from './facts.ts';

const fixed = (value: number): string => value.toFixed(2).replace(/\.?0+$/, '');

/** Letter and colour of a precision. */
export function chip(scheme: SchemeId): Html {
  return html`<span class="chip p-${scheme}">${SCHEMES[scheme].letter}</span>`;
}

/** One cell a layer, in order. */
export function fingerprint(layers: readonly LayerFactsLine[]): Html {
  return html`<div class="print" role="img" aria-label="Precision of each layer, in order: ${layers.map(({ scheme }) => SCHEMES[scheme].name).join(', ')}">${layers.map(({ scheme }) => chip(scheme))}</div>`;
}

const [CHART_WIDTH, CHART_HEIGHT] = [880, 150];
const AXIS = 20;

/** Three or four round steps up to the largest. */
function ticksOf(largest: number): readonly number[] {
  const raw = largest / 3;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw)!;
  return Array.from({ length: Math.floor(largest / step) + 1 }, (_, i) => i * step);
}

/** Bytes of each layer in the packed file, coloured by precision. */
export function bytesChart(layers: readonly LayerFactsLine[], label: (bytes: number) => string): Html {
  const largest = layers.reduce((most, { bytes }) => Math.max(most, bytes), 1);
  const left = 64;
  const pitch = (CHART_WIDTH - left) / layers.length;
  const width = Math.max(1, Math.min(48, pitch - Math.min(4, pitch * 0.2)));
  const y = (bytes: number): number => CHART_HEIGHT - (bytes / largest) * (CHART_HEIGHT - 10);
  const grid = ticksOf(largest).map((tick) => html`<line class="grid" x1="${left}" x2="${CHART_WIDTH}" y1="${fixed(y(tick))}" y2="${fixed(y(tick))}"/><text x="${left - 8}" y="${fixed(y(tick) + 4)}" text-anchor="end">${label(tick)}</text>`);
  const bars = layers.map(({ name, scheme, bytes }, i) => {
    const x = left + i * pitch + (pitch - width) / 2;
    const top = Math.min(y(bytes), CHART_HEIGHT - 1);
    return html`<rect class="p-${scheme}" x="${fixed(x)}" y="${fixed(top)}" width="${fixed(width)}" height="${fixed(CHART_HEIGHT - top)}"><title>${name}: ${label(bytes)}, ${SCHEMES[scheme].name}</title></rect>`;
  });
  // Numbers of the rows of the table, as many as stand side by side.
  const every = Math.max(1, Math.ceil(layers.length / 40));
  const numbers = layers.flatMap((_, i) => (i % every === 0 ? [html`<text x="${fixed(left + (i + 0.5) * pitch)}" y="${CHART_HEIGHT + 15}" text-anchor="middle">${i + 1}</text>`] : []));
  const most = layers.reduce((best, layer) => (layer.bytes > best.bytes ? layer : best));
  return html`<svg class="bytes" viewBox="0 0 ${CHART_WIDTH} ${CHART_HEIGHT + AXIS}" role="img" aria-label="Bytes of each layer in the packed file; the most are in ${most.name}, ${label(most.bytes)}">${grid}${bars}<line class="axis" x1="${left}" x2="${CHART_WIDTH}" y1="${CHART_HEIGHT}" y2="${CHART_HEIGHT}"/>${numbers}</svg>`;
}

/** One bar whose parts are precisions and what belongs to no layer. */
export function sharesBar(parts: readonly { readonly scheme: SchemeId | null; readonly bytes: number }[]): Html {
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  let x = 0;
  const rects = parts.map(({ scheme, bytes }) => {
    const width = (bytes / total) * CHART_WIDTH;
    const rect = html`<rect class="${scheme === null ? 'rest' : `p-${scheme}`}" x="${fixed(x)}" y="0" width="${fixed(Math.max(0, width - 1))}" height="16"/>`;
    x += width;
    return rect;
  });
  return html`<svg class="shares" viewBox="0 0 ${CHART_WIDTH} 16" preserveAspectRatio="none" aria-hidden="true">${rects}</svg>`;
}

const [PICTURE_WIDTH, PICTURE_HEIGHT] = [208, 64];

/** The weights as they are, and the levels that they become. */
export function histogram({ name, scheme, picture }: LayerFactsLine): Html {
  const { low, high, counts } = picture.weights;
  const largest = Math.max(1, ...counts);
  const step = PICTURE_WIDTH / counts.length;
  const bars = counts.flatMap((count, i) => {
    const height = (count / largest) * (PICTURE_HEIGHT - 8);
    return count === 0 ? [] : [html`<rect x="${fixed(i * step)}" y="${fixed(PICTURE_HEIGHT - height)}" width="${fixed(Math.max(0.5, step - 0.5))}" height="${fixed(height)}"/>`];
  });
  const levels = picture.levels.flatMap((level) => {
    const x = ((level - low) / (high - low)) * PICTURE_WIDTH;
    return x < 0 || x > PICTURE_WIDTH ? [] : [html`<line x1="${fixed(x)}" x2="${fixed(x)}" y1="0" y2="${PICTURE_HEIGHT}"/>`];
  });
  return html`<svg class="weights" viewBox="0 0 ${PICTURE_WIDTH} ${PICTURE_HEIGHT}" role="img" aria-label="Distribution of the weights of ${name}, from ${low.toPrecision(3)} to ${high.toPrecision(3)}"><g class="bars">${bars}</g><g class="levels s-${scheme}">${levels}</g><line class="axis" x1="0" x2="${PICTURE_WIDTH}" y1="${PICTURE_HEIGHT}" y2="${PICTURE_HEIGHT}"/></svg>`;
}
