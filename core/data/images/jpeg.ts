import { decode } from 'jpeg-js';
import { StudioError } from '../../base/errors.ts';
import { checkSize, type Picture } from './picture.ts';

const LARGEST_MEGAPIXELS = 50;
const MOST_MEGABYTES = 1024;

/** Width and height of the first frame header (ITU-T T.81, B.2.2); null where there is none. */
function sizeOf(bytes: Uint8Array): readonly [number, number] | null {
  const word = (at: number): number => bytes[at] * 256 + bytes[at + 1];
  for (let at = 2; at + 9 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1];
    if (marker === 0xff) at++;
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) return [word(at + 7), word(at + 5)];
    else at += 2 + Math.max(2, word(at + 2));
  }
  return null;
}

/** Pixels of a JPEG file, as colours. Its orientation (Exif) is not applied, as loaders for training do not apply it. */
export function decodeJpeg(bytes: Uint8Array, file: string): Picture {
  const size = sizeOf(bytes);
  const damaged = (reason: string, cause?: unknown): StudioError =>
    new StudioError(`${file} cannot be read: ${reason}.`, { where: `${file}, byte 0`, next: 'The image is damaged; replace or remove it.', cause });
  if (!size) throw damaged('it has no frame');
  checkSize(file, ...size);
  try {
    const { width, height, data } = decode(bytes, { useTArray: true, formatAsRGBA: false, tolerantDecoding: false, maxResolutionInMP: LARGEST_MEGAPIXELS, maxMemoryUsageInMB: MOST_MEGABYTES });
    // A file may hold a second frame of another size.
    checkSize(file, width, height);
    return { width, height, channels: 3, pixels: data };
  } catch (error) {
    throw error instanceof StudioError ? error : damaged(error instanceof Error ? error.message : String(error), error);
  }
}
