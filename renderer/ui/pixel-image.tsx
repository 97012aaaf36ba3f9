import { useEffect, useRef } from 'react';

export interface PixelImageProps {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
  readonly label: string;
}

/** A small picture, pixel by pixel. */
export function PixelImage({ width, height, rgba, label }: PixelImageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.canvas.width = width;
    context.canvas.height = height;
    context.putImageData(new ImageData(rgba, width, height), 0, 0);
  }, [width, height, rgba]);
  return <canvas ref={canvas} role="img" aria-label={label} />;
}
