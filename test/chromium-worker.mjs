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
 * A page of headless Chromium over bundled scripts. `entries`: name → script, served as /name.js; `files`: name → bytes, served
 * beside it; `folders`: first part of an address → folder.
 */
async function openPage({ entries, files = {}, folders = {} }) {
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
  const close = async () => {
    await browser?.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
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
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return { page, name: `Chromium ${browser.version()}`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Starts /worker.js and sends it `message`. It posts { report } any number of times, then { done } or { error }. Resolves with
 * the browser's name.
 */
export async function runWorkerInChromium({ message, onReport, ...what }) {
  const { page, name, close } = await openPage(what);
  try {
    await page.exposeFunction('reportFromWorker', onReport);
    const error = await page.evaluate(
      (order) =>
        new Promise((resolve) => {
          const worker = new Worker('/worker.js', { type: 'module' });
          worker.addEventListener('error', (event) => resolve(event.message || 'The worker did not start.'));
          worker.addEventListener('message', async ({ data }) => {
            if (data.report) await window.reportFromWorker(data.report);
            else resolve(data.error ?? null);
          });
          worker.postMessage(order);
        }),
      message,
    );
    if (error) throw new Error(error);
    return name;
  } finally {
    await close();
  }
}

/** Workers that answer one message after another with { answer } or { error }; `start` runs /worker.js once more. */
export async function openWorkersInChromium(what) {
  const { page, name, close } = await openPage(what);
  let count = 0;
  const start = async () => {
    const id = `worker${count++}`;
    await page.evaluate((key) => void (window[key] = new Worker('/worker.js', { type: 'module' })), id);
    return async (message) => {
      const { answer, error } = await page.evaluate(
        ([key, question]) =>
          new Promise((resolve) => {
            window[key].onerror = (event) => resolve({ error: event.message || 'The worker did not start.' });
            window[key].onmessage = ({ data }) => resolve(data);
            window[key].postMessage(question);
          }),
        [id, message],
      );
      if (error) throw new Error(error);
      return answer;
    };
  };
  return { start, name, close };
}
