// npm run dev: the page with hot reload, beside the loopback shell's host. Changes of core, renderer and workers show at
// once; changes of the shell need a restart.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findBrowser, hasDisplay, windowArguments } from './browser.mjs';
import { ROOT, ensureBuilt, ensureInstalled, fail, requireNode } from './prepare.mjs';

requireNode();
ensureInstalled();
ensureBuilt();
for (const script of [join('core', 'kernels', 'build.mjs'), join('core', 'export', 'web', 'build.mjs')]) {
  if (spawnSync(process.execPath, [join(ROOT, script)], { cwd: ROOT, stdio: 'inherit' }).status !== 0) fail(`${script} failed. See the lines above.`);
}

const host = spawn(process.execPath, [join(ROOT, 'out', 'cli', 'bitwright.js'), 'serve', ...process.argv.slice(2)], { stdio: ['pipe', 'pipe', 'inherit'] });
const [line] = await new Promise((resolve) => createInterface({ input: host.stdout }).once('line', (text) => resolve([text])));
const { origin, hash } = new URL(line);

const { createServer } = await import('vite');
const { default: react } = await import('@vitejs/plugin-react');
const server = await createServer({
  configFile: false,
  root: join(ROOT, 'renderer'),
  // Static files of the build: the sample network and tfjs' WebAssembly.
  publicDir: join(ROOT, 'out', 'renderer'),
  plugins: [react()],
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin' },
    fs: { allow: [ROOT] },
    // The host answers only to its own name and page: the proxy speaks to it under both.
    proxy: { '^/host$': { target: origin, ws: true, changeOrigin: true, rewriteWsOrigin: true } },
  },
});
await server.listen();
const address = `${server.resolvedUrls.local[0]}${hash}`;
const browser = hasDisplay(process.platform, process.env) ? findBrowser(process.platform, process.env) : null;
console.log(address);
if (browser) spawn(browser, windowArguments(address, mkdtempSync(join(tmpdir(), 'bitwright-dev-')), process.getuid?.() === 0), { stdio: 'ignore' });

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    host.kill('SIGINT');
    await server.close();
    process.exit(0);
  });
}
