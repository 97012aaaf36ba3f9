import { useEffect, useReducer, useRef } from 'react';
import type { RefObject } from 'react';
import { flushSync } from 'react-dom';

const ROW_HEIGHT = 28;
const FORECAST_HEIGHT = 59;
/** More rows than this are drawn only where they are seen. */
const VIRTUAL_FROM = 100;
/** Rows drawn beyond what is seen, and by how many the drawn part moves at a time. */
const BEYOND = 8;
const STEP = 4;

export interface RowWindow {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
  /** Height of what is not drawn above and below, px. */
  readonly before: number;
  readonly after: number;
}

/** Rows that are drawn of `count` equal ones, of which the one at `tall` (−1: none) has its forecasts below it. */
export function rowWindow(scrollTop: number, height: number, count: number, tall: number): RowWindow {
  if (count <= VIRTUAL_FROM) return { first: 0, end: count, before: 0, after: 0 };
  const { from, to } = seenRows(scrollTop, height, count, tall);
  const first = Math.max(0, Math.floor((from - BEYOND) / STEP) * STEP);
  const end = Math.min(count, Math.ceil((to + BEYOND) / STEP) * STEP);
  return { first, end, before: topOf(first, tall), after: topOf(count, tall) - topOf(end, tall) };
}

function topOf(index: number, tall: number): number {
  return index * ROW_HEIGHT + (tall >= 0 && index > tall ? FORECAST_HEIGHT : 0);
}

function seenRows(scrollTop: number, height: number, count: number, tall: number): { readonly from: number; readonly to: number } {
  const rowAt = (top: number): number => {
    const isBelow = tall >= 0 && top >= topOf(tall + 1, tall);
    const row = Math.floor((isBelow ? top - FORECAST_HEIGHT : top) / ROW_HEIGHT);
    return Math.max(0, Math.min(count - 1, tall >= 0 && !isBelow ? Math.min(row, tall) : row));
  };
  return { from: rowAt(scrollTop), to: rowAt(scrollTop + height) + 1 };
}

/** Where a row must be scrolled to, so that it stands between the head and the foot of the table; null where it does already. */
export function scrollTopFor(index: number, tall: number, view: { readonly scrollTop: number; readonly height: number; readonly headHeight: number; readonly footHeight: number }): number | null {
  const top = topOf(index, tall);
  const bottom = topOf(index + 1, tall);
  if (top < view.scrollTop) return top;
  const free = view.height - view.headHeight - view.footHeight;
  return bottom > view.scrollTop + free ? bottom - free : null;
}

/** Follows the scrolling. What is seen is drawn in the same frame, what is beyond it in its own time. */
export function useRowWindow(scroller: RefObject<HTMLElement | null>, count: number, tall: number): RowWindow {
  const [, render] = useReducer((times: number) => times + 1, 0);
  const place = useRef({ scrollTop: 0, height: 900 });
  const shown = rowWindow(place.current.scrollTop, place.current.height, count, tall);
  const latest = useRef({ shown, count, tall });
  latest.current = { shown, count, tall };
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const follow = (): void => {
      place.current = { scrollTop: element.scrollTop, height: place.current.height };
      const { shown: drawn, count: rows, tall: tallRow } = latest.current;
      const next = rowWindow(element.scrollTop, place.current.height, rows, tallRow);
      if (next.first === drawn.first && next.end === drawn.end) return;
      const seen = seenRows(element.scrollTop, place.current.height, rows, tallRow);
      if (seen.from < drawn.first || seen.to > drawn.end) flushSync(render);
      else render();
    };
    const observer = new ResizeObserver(([entry]) => {
      place.current = { ...place.current, height: entry.contentRect.height };
      follow();
    });
    observer.observe(element);
    element.addEventListener('scroll', follow, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', follow);
    };
  }, [scroller]);
  return shown;
}
