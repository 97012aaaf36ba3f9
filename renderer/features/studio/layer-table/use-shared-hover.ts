import { useEffect } from 'react';
import type { PointerEvent, RefObject } from 'react';
import { sessionStore, setHovered } from '../../../state/session.ts';

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
  return (event) => setHovered(event.target instanceof Element ? (event.target.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? null) : null);
}
