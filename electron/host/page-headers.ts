/** Everything is same-origin; nothing is inline; WebAssembly may compile, strings may not become code. */
export const DOCUMENT_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A worker obeys the policy of its own response, not the page's. Ours start no blob: workers, so none is allowed. */
export const WORKER_POLICY = ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "connect-src 'self'"].join('; ');

/** Worker scripts are built into this folder, which is how a response is known to be one. */
export const WORKER_FOLDER = '/workers/';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  wasm: 'application/wasm',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  txt: 'text/plain; charset=utf-8',
  bitmodel: 'application/octet-stream',
};

/** Null for what is never served: source maps, sources, anything not listed. */
export function mediaType(path: string): string | null {
  const extension = /\.([a-z0-9]+)$/.exec(path)?.[1] ?? '';
  return Object.hasOwn(MEDIA_TYPES, extension) ? MEDIA_TYPES[extension]! : null;
}

/** On every response, also on refusals: one without them could be embedded, sniffed or break isolation. */
export function pageHeaders(path: string, type: string): Record<string, string> {
  return {
    'Content-Type': type,
    'Content-Security-Policy': path.startsWith(WORKER_FOLDER) ? WORKER_POLICY : DOCUMENT_POLICY,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), display-capture=()',
    // Names in /assets/ carry a content hash; everything else may change with the next build.
    'Cache-Control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
}
