import { findGraphics } from './graphics.ts';

/** What the page knows of the browser that it runs in. */
export interface PageFacts {
  readonly userAgent: string;
  readonly language: string;
  readonly isIsolated: boolean;
  readonly simd: 'relaxed' | 'plain' | 'none';
  readonly processors: number;
  /** Null: none, or only one in software. */
  readonly graphics: string | null;
  /** Of JavaScript objects; null where the browser does not tell. */
  readonly heapBytes: number | null;
  /** Kept in the browser for this page; null where it does not tell. */
  readonly storedBytes: number | null;
  readonly reducesMotion: boolean;
  readonly view: string;
}

/** Smallest modules that use a splat, and a relaxed swizzle of two. */
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
const RELAXED_SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11];

function simdKind(): PageFacts['simd'] {
  if (typeof WebAssembly === 'undefined') return 'none';
  const runs = (bytes: readonly number[]): boolean => WebAssembly.validate(Uint8Array.from(bytes));
  return runs(RELAXED_SIMD) ? 'relaxed' : runs(SIMD) ? 'plain' : 'none';
}

/** Chromium alone tells it, and coarsely. */
function heapBytes(): number | null {
  const { memory } = performance as { memory?: { readonly usedJSHeapSize: number } };
  return memory?.usedJSHeapSize ?? null;
}

export async function readPageFacts(): Promise<PageFacts> {
  const [graphics, stored] = await Promise.all([findGraphics(), navigator.storage?.estimate().catch(() => null)]);
  return {
    userAgent: navigator.userAgent,
    language: navigator.language,
    isIsolated: crossOriginIsolated,
    simd: simdKind(),
    processors: navigator.hardwareConcurrency,
    graphics,
    heapBytes: heapBytes(),
    storedBytes: stored?.usage ?? null,
    reducesMotion: matchMedia('(prefers-reduced-motion: reduce)').matches,
    view: `${window.innerWidth} × ${window.innerHeight}, ${window.devicePixelRatio}×`,
  };
}
