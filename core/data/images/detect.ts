import type { NamedFile } from '../data-set.ts';

const SIGNATURES = { png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], jpeg: [0xff, 0xd8, 0xff] } as const;
export type ImageFormat = keyof typeof SIGNATURES;

/** By content: null for anything else. */
export function imageFormat(bytes: Uint8Array): ImageFormat | null {
  const formats = Object.keys(SIGNATURES) as ImageFormat[];
  return formats.find((format) => SIGNATURES[format].every((byte, i) => bytes[i] === byte)) ?? null;
}

/** By content or name, so that a damaged image of a folder is not left out in silence. */
export function looksLikeImage({ name, bytes }: NamedFile): boolean {
  return imageFormat(bytes) !== null || /\.(png|jpe?g)$/i.test(name);
}
