import { useCallback, useEffect, useRef, useState } from 'react';
import type { SchemeId } from '../../../../core/schemes/scheme.ts';
import type { Preview } from './forecast-popover.tsx';

const PREVIEW_DELAY_MS = 150;

export type ShowPreview = (layer: string, scheme: SchemeId | null, element: HTMLElement | null) => void;

/** The popover opens after a rest on the first rung, and at once while one is open. The selected row has its strip. */
export function usePreview(single: string | null): readonly [Preview | null, ShowPreview] {
  const [preview, setPreview] = useState<Preview | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const isOpen = useRef(false);
  isOpen.current = preview !== null;
  // A stable function: rows that are not the selected one must not render with the selection.
  const without = useRef(single);
  without.current = single;
  const show = useCallback<ShowPreview>((layer, scheme, element) => {
    clearTimeout(timer.current);
    if (scheme === null || element === null || layer === without.current) {
      if (isOpen.current) timer.current = setTimeout(() => setPreview(null), layer === '' ? 0 : 60);
      return;
    }
    const { left, width, top } = element.getBoundingClientRect();
    const next = { layer, scheme, left: left + width / 2, top };
    timer.current = setTimeout(() => setPreview(next), isOpen.current ? 0 : PREVIEW_DELAY_MS);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [preview, show];
}
