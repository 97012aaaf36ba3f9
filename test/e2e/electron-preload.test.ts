import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright';
import { closeBrowser, openStudio } from './harness.ts';
import type { Studio } from './harness.ts';

// The preload as it was built, in an isolated world of Chromium, which is where Electron runs it. `require` is a stub that
// has only what a sandboxed preload may ask for.

const PRELOAD = readFileSync(join(import.meta.dirname, '..', '..', 'out', 'preload', 'index.cjs'), 'utf8');

const WORLD = `(() => {
  globalThis.sent = [];
  const ipcRenderer = { postMessage(channel, message, ports) { globalThis.sent.push([channel, message, ports.length]); ports[0].onmessage = (event) => ports[0].postMessage(['echo', event.data]); } };
  const require = (name) => { globalThis.sent.push(['require', name]); if (name !== 'electron') throw new Error('no ' + name); return new Proxy({ ipcRenderer }, { get(target, key) { if (!(key in target)) throw new Error('asked for ' + String(key)); return target[key]; } }); };
  const module = { exports: {} };
  ((require, module, exports) => { ${PRELOAD}\n })(require, module, module.exports);
})()`;

let studio: Studio;
let page: Page;
let globalsWithout: string[];
let worldId = 0;
let inWorld: (expression: string) => Promise<unknown>;

const globals = (): Promise<string[]> => page.evaluate(() => Object.getOwnPropertyNames(window).sort());

beforeAll(async () => {
  studio = await openStudio();
  page = await studio.page.context().newPage();
  await page.goto(new URL('/', studio.page.url()).href);
  globalsWithout = await globals();
  const debug = await page.context().newCDPSession(page);
  debug.on('Runtime.executionContextCreated', ({ context }) => {
    if (context.name === 'preload') worldId = context.id;
  });
  await debug.send('Page.enable');
  await debug.send('Runtime.enable');
  await debug.send('Page.addScriptToEvaluateOnNewDocument', { source: WORLD, worldName: 'preload' });
  await page.reload();
  inWorld = async (expression) => (await debug.send('Runtime.evaluate', { expression, contextId: worldId, returnByValue: true })).result.value as unknown;
});
afterAll(async () => {
  await studio.close();
  await closeBrowser();
});

const ask = (request: string): Promise<unknown> =>
  page.evaluate(
    (text) =>
      new Promise((resolve) => {
        const answer = (event: MessageEvent): void => {
          if (event.data !== 'bitwright:host-port') return;
          window.removeEventListener('message', answer);
          const [port] = event.ports;
          port!.onmessage = (echo) => resolve(echo.data);
          port!.postMessage('hello');
        };
        window.addEventListener('message', answer);
        window.postMessage(text, location.origin);
        setTimeout(() => resolve('nothing'), 500);
      }),
    request,
  );

describe('the preload', () => {
  it('adds nothing to the page: no function, no object', async () => {
    expect(worldId).toBeGreaterThan(0);
    expect((await globals()).filter((name) => !globalsWithout.includes(name))).toEqual([]);
    expect(await inWorld('sent')).toEqual([['require', 'electron']]);
  });

  it('says nothing to messages that do not ask for the port', async () => {
    for (const text of ['', 'bitwright:host-port', 'bitwright:host-port? ', 'host']) await page.evaluate((message) => window.postMessage(message, location.origin), text);
    expect(await inWorld('sent.length')).toBe(1);
  });

  it('hands over one end of a channel to the host, once a document', async () => {
    expect(await ask('bitwright:host-port?')).toEqual(['echo', 'hello']);
    expect(await inWorld('sent')).toEqual([['require', 'electron'], ['bitwright:host-port', null, 1]]);
    expect(await ask('bitwright:host-port?')).toBe('nothing');
    expect(await inWorld('sent.length')).toBe(2);
  });

  it('is small, and asks Electron for one thing', () => {
    expect(PRELOAD.length).toBeLessThan(1000);
    expect(PRELOAD.match(/require\(/g)).toHaveLength(1);
    expect(PRELOAD).not.toMatch(/contextBridge|\binvoke\b|sendSync/);
  });
});
