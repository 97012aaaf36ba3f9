import { useEffect, useRef } from 'react';
import type { PointerEvent, RefObject } from 'react';
import { sessionStore, setHovered } from '../../../state/session.ts';

/** Between two scroll events of one movement, at most. */
const SCROLLING_MS = 80;

/**
 * The row under the pointer is marked in the graph, and the other way round. Straight on the elements: a pointer that
 * crosses the table must not render a row.
 */
export function useSharedHover(table: RefObject<HTMLElement | null>): (event: PointerEvent) => void {
  useEffect(() => {
    const rowOf = (id: string | null) => (id === null ? null : table.current?.querySelector(`[data-row="${CSS.escape(id)}"]`));
    return sessionStore.subscribe(({ hovered }, before) => {
      if (hovered === before.hovered) return;
      rowOf(before.hovered)?.removeAttribute('data-hovered');
      rowOf(hovered)?.setAttribute('data-hovered', '');
    });
  }, [table]);
  const scrolledAtMs = useRef(0);
  useEffect(() => {
    const element = table.current;
    const note = (): void => void (scrolledAtMs.current = performance.now());
    element?.addEventListener('scroll', note, { passive: true });
    return () => element?.removeEventListener('scroll', note);
  }, [table]);
  return (event) => {
    // Rows that pass under a resting pointer are not pointed at.
    if (performance.now() - scrolledAtMs.current < SCROLLING_MS) return;
    setHovered(event.target instanceof Element ? (event.target.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? null) : null);
  };
}
