import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaType, pageHeaders } from './page-headers.ts';

export type PageHandler = (request: Request) => Promise<Response>;

const TEXT = 'text/plain; charset=utf-8';

/**
 * The built page as a function from request to response: Electron's protocol and the loopback server both use it, so
 * that files, headers and refusals are the same. Only regular files that were in the folder when it was first asked
 * are served, by exact path: no path is ever computed from a request, so none can lead out of the folder.
 */
export function createPageHandler(folder: string): PageHandler {
  let listing: Promise<ReadonlyMap<string, string>> | null = null;

  return async (request) => {
    const path = requestPath(request.url);
    const reply = (status: number, body: string | Uint8Array<ArrayBuffer> | null, type: string, extra: Record<string, string> = {}): Response =>
      new Response(request.method === 'HEAD' ? null : body, { status, headers: { ...pageHeaders(path ?? '/', type), ...extra } });

    if (request.method !== 'GET' && request.method !== 'HEAD') return reply(405, 'Only GET and HEAD.\n', TEXT, { Allow: 'GET, HEAD' });
    if (path === null) return reply(404, 'There is no such page.\n', TEXT);
    listing ??= listFiles(folder);
    const files = await listing;
    if (files.size === 0) {
      listing = null;
      return reply(503, 'The page has not been built. Run "npm run build" and reload.\n', TEXT);
    }
    const file = files.get(path === '/' ? '/index.html' : path);
    const type = mediaType(path === '/' ? '/index.html' : path);
    if (file === undefined || type === null) return reply(404, 'There is no such page.\n', TEXT);
    const bytes = new Uint8Array(await readFile(file));
    return reply(200, bytes, type, { 'Content-Length': String(bytes.byteLength) });
  };
}

/**
 * The path exactly as it was written. Built names need no escapes, so anything escaped, doubled or relative names
 * nothing here. The URL class has already resolved `..` by then, which only ever yields another exact path.
 */
function requestPath(url: string): string | null {
  const { pathname } = new URL(url);
  return /^\/[A-Za-z0-9_\-./]*$/.test(pathname) && !pathname.includes('//') && !pathname.includes('/.') ? pathname : null;
}

/** Symbolic links are left out: what they point to may be outside. */
async function listFiles(folder: string, prefix = '/'): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const file = join(folder, entry.name);
    if (entry.isFile()) files.set(prefix + entry.name, file);
    if (entry.isDirectory()) for (const [path, inner] of await listFiles(file, `${prefix}${entry.name}/`)) files.set(path, inner);
  }
  return files;
}
