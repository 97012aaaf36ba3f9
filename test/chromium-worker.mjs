// Bundles a worker, serves it isolated from 127.0.0.1 and runs it in headless Chromium.
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { chromium } from 'playwright';
import { build } from 'vite';
import { findBrowser } from '../electron/launch/browser.mjs';
import { ROOT } from '../electron/launch/prepare.mjs';

const TYPES = { js: 'text/javascript', mjs: 'text/javascript', wasm: 'application/wasm', html: 'text/html' };
const PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Bitwright</title>';

/**
 * `entries`: name → script, served as /name.js; /worker.js is started and sent `message`. It posts { report } any number of
 * times, then { done } or { error }. `files`: name → bytes, served beside it; `folders`: first part of an address → folder.
 * Resolves with the browser's name.
 */
export async function runWorkerInChromium({ entries, message, files = {}, folders = {}, onReport }) {
  const executablePath = findBrowser(process.platform, process.env);
  if (!executablePath) throw new Error('No Chromium, Chrome or Edge was found. Install one, or name it in BITWRIGHT_BROWSER.');
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-worker-'));
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname).slice(1);
    const [first, ...rest] = path.split('/');
    const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
    try {
      const body = path === '' ? PAGE : readFileSync(folders[first] ? join(folders[first], ...rest) : join(folder, path));
      response.writeHead(200, { ...headers, 'Content-Type': TYPES[path === '' ? 'html' : path.split('.').pop()] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  let browser = null;
  try {
    await build({
      root: ROOT, configFile: false, logLevel: 'error',
      build: { outDir: folder, emptyOutDir: false, target: 'esnext', lib: { entry: entries, formats: ['es'], fileName: (_, name) => `${name}.js` } },
    });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
    browser = await chromium.launch({ executablePath, args: [...quiet, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])] });
    const page = await browser.newPage();
    page.on('console', (line) => line.type() === 'error' && console.error(line.text()));
    await page.exposeFunction('reportFromWorker', onReport);
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const error = await page.evaluate(
      (what) =>
        new Promise((resolve) => {
          const worker = new Worker('/worker.js', { type: 'module' });
          worker.addEventListener('error', (event) => resolve(event.message || 'The worker did not start.'));
          worker.addEventListener('message', async ({ data }) => {
            if (data.report) await window.reportFromWorker(data.report);
            else resolve(data.error ?? null);
          });
          worker.postMessage(what);
        }),
      message,
    );
    if (error) throw new Error(error);
    return `Chromium ${browser.version()}`;
  } finally {
    await browser?.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
