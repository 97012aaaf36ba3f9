import { formatsFor, join } from '../../core/base/format.ts';

/** The formats of this person's language. */
export const formats = formatsFor(typeof navigator === 'undefined' ? 'en' : navigator.language);

export function sizeText(bytes: number): string {
  return join(formats.size(bytes));
}

export function timeText(milliseconds: number): string {
  return join(formats.duration(milliseconds));
}

/** Difference of two sizes in KB, without the unit: two decimals below 10. */
export function signedKilobytes(bytes: number): string {
  const kilobytes = bytes / 1000;
  const size = Math.abs(kilobytes);
  return formats.signed(kilobytes, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

/** 448; 9,248; 2.36 M; 1.2 G */
export function largeCount(value: number): string {
  if (value < 1e6) return formats.count(value);
  return value < 1e9 ? `${formats.short(value / 1e6)}\u00a0M` : `${formats.short(value / 1e9)}\u00a0G`;
}

/** 32×32×3; the batch is left out. */
export function shapeText(shape: readonly number[]): string {
  return (shape.length > 1 ? shape.slice(1) : shape).join('×');
}
