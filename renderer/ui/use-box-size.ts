import { useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';

export interface BoxSize {
  readonly width: number;
  readonly height: number;
}

/** Whole pixels inside an element, followed as it changes: drawings are made at pixel size, text is never scaled. */
export function useBoxSize<E extends Element>(initial: BoxSize): readonly [RefObject<E | null>, BoxSize] {
  const element = useRef<E>(null);
  const [size, setSize] = useState(initial);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      setSize({ width: Math.round(width), height: Math.round(height) });
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, size];
}
