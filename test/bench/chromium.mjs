// Runs the suite in headless Chromium: bundles its worker, serves it isolated from 127.0.0.1, prints rows as they come.
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { chromium } from 'playwright';
import { build } from 'vite';
import { findBrowser } from '../../electron/launch/browser.mjs';
import { ROOT } from '../../electron/launch/prepare.mjs';

const TYPES = { js: 'text/javascript', mjs: 'text/javascript', wasm: 'application/wasm', html: 'text/html' };
const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Bitwright benchmark</title>`;

export async function runInChromium(order, files, onRow) {
  const executablePath = findBrowser(process.platform, process.env);
  if (!executablePath) throw new Error('No Chromium, Chrome or Edge was found. Install one, name it in BITWRIGHT_BROWSER, or add "-- --node".');
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-bench-'));
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: false, target: 'esnext', lib: { entry: { worker: join(ROOT, 'test/bench/suite/worker.ts'), thread: join(ROOT, 'test/bench/suite/thread.ts') }, formats: ['es'], fileName: (_, name) => `${name}.js` } },
  });
  files.forEach(({ ours, float }, i) => {
    writeFileSync(join(folder, `${i}-ours.bitw`), ours);
    writeFileSync(join(folder, `${i}-float.bitw`), float);
  });
  const roots = { tfjs: join(ROOT, 'node_modules/@tensorflow/tfjs-backend-wasm/dist'), ort: join(ROOT, 'node_modules/onnxruntime-web/dist') };
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname).slice(1);
    const [first, ...rest] = path.split('/');
    const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
    try {
      const body = path === '' ? PAGE : readFileSync(roots[first] ? join(roots[first], ...rest) : join(folder, path));
      response.writeHead(200, { ...headers, 'Content-Type': TYPES[path === '' ? 'html' : path.split('.').pop()] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath, args: ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])] });
  try {
    const page = await browser.newPage();
    await page.exposeFunction('reportRow', onRow);
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const named = files.map(({ network, plan }, i) => ({ network, plan, ours: `/${i}-ours.bitw`, float: `/${i}-float.bitw` }));
    const error = await page.evaluate(
      (what) =>
        new Promise((resolve) => {
          const worker = new Worker('/worker.js', { type: 'module' });
          worker.addEventListener('error', (event) => resolve(event.message || 'The worker did not start.'));
          worker.addEventListener('message', ({ data }) => {
            if (data.row) window.reportRow(data.row);
            else resolve(data.error ?? null);
          });
          worker.postMessage(what);
        }),
      { ...order, files: named },
    );
    if (error) throw new Error(error);
    return `Chromium ${browser.version()}`;
  } finally {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
