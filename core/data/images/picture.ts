import { StudioError } from '../../base/errors.ts';

/** One image, its rows from the top, grey or red, green and blue beside each other. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

const LARGEST_SIDE = 16_384;
const MOST_PIXELS = 50_000_000;

/** Before anything is allocated for it. */
export function checkSize(file: string, width: number, height: number): void {
  if (width >= 1 && height >= 1 && width <= LARGEST_SIDE && height <= LARGEST_SIDE && width * height <= MOST_PIXELS) return;
  throw new StudioError(`${file} says it has ${width}×${height} pixels; images up to ${LARGEST_SIDE} pixels a side and ${MOST_PIXELS / 1e6} million in all are read.`, {
    where: file,
    next: 'Make it smaller, or remove it.',
  });
}

/** Grey by ITU-R BT.601, in the fixed point of Pillow; grey images become three equal channels. */
export function inChannels({ width, height, channels, pixels }: Picture, wanted: 1 | 3): Picture {
  if (channels === wanted) return { width, height, channels, pixels };
  const count = width * height;
  const result = new Uint8Array(count * wanted);
  for (let i = 0; i < count; i++) {
    if (wanted === 3) result.fill(pixels[i], i * 3, i * 3 + 3);
    else result[i] = (pixels[i * 3] * 19595 + pixels[i * 3 + 1] * 38470 + pixels[i * 3 + 2] * 7471 + 0x8000) >> 16;
  }
  return { width, height, channels: wanted, pixels: result };
}

/** The largest part in the middle that has the shape of `width` × `height`. */
export function centreCrop(picture: Picture, width: number, height: number): Picture {
  const { channels, pixels } = picture;
  const scale = Math.min(picture.width / width, picture.height / height);
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  if (w === picture.width && h === picture.height) return picture;
  const [left, top] = [Math.floor((picture.width - w) / 2), Math.floor((picture.height - h) / 2)];
  const result = new Uint8Array(w * h * channels);
  for (let y = 0; y < h; y++) {
    const from = ((top + y) * picture.width + left) * channels;
    result.set(pixels.subarray(from, from + w * channels), y * w * channels);
  }
  return { width: w, height: h, channels, pixels: result };
}

/** Weights in whole numbers of 22 bits: sums of bytes stay exact in 32. */
const PRECISION = 22;

interface Taps {
  readonly first: Int32Array;
  readonly weights: readonly Int32Array[];
}

/** A triangle over each output pixel, as wide as the image is made smaller: bilinear, without the aliasing of single samples. */
function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const widened = Math.max(1, scale);
  const first = new Int32Array(to);
  const weights: Int32Array[] = [];
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - widened + 0.5));
    const end = Math.min(from, Math.trunc(centre + widened + 0.5));
    const taps = Array.from({ length: end - start }, (_, k) => Math.max(0, 1 - Math.abs((k + start - centre + 0.5) / widened)));
    const sum = taps.reduce((total, tap) => total + tap, 0);
    first[i] = start;
    weights.push(Int32Array.from(taps, (tap) => Math.trunc(0.5 + (tap / sum) * (1 << PRECISION))));
  }
  return { first, weights };
}

/** Bilinear with antialiasing, across and then down with bytes between, in the arithmetic of Pillow's `resize(…, BILINEAR)`. */
export function resized(picture: Picture, width: number, height: number): Picture {
  return down(across(picture, width), height);
}

function across(picture: Picture, width: number): Picture {
  if (picture.width === width) return picture;
  const { height, channels, pixels } = picture;
  const { first, weights } = tapsOf(picture.width, width);
  const result = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * picture.width + first[x]) * channels;
      for (let c = 0; c < channels; c++) result[(y * width + x) * channels + c] = weighted(pixels, from + c, channels, weights[x]);
    }
  }
  return { width, height, channels, pixels: result };
}

function down(picture: Picture, height: number): Picture {
  if (picture.height === height) return picture;
  const { width, channels, pixels } = picture;
  const { first, weights } = tapsOf(picture.height, height);
  const row = width * channels;
  const result = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < row; x++) result[y * row + x] = weighted(pixels, first[y] * row + x, row, weights[y]);
  return { width, height, channels, pixels: result };
}

function weighted(pixels: Uint8Array, from: number, step: number, weights: Int32Array): number {
  let sum = 1 << (PRECISION - 1);
  for (let k = 0, at = from; k < weights.length; k++, at += step) sum += pixels[at] * weights[k];
  return Math.min(255, sum >> PRECISION);
}
