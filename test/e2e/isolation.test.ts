import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio } from './harness.ts';
import type { Studio } from './harness.ts';

const WORKERS = join(import.meta.dirname, '..', '..', 'out', 'renderer', 'workers');

// Another server of this machine that lets everyone in, so that only the policy stands between it and the page.
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const other = createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'image/gif', 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' });
  response.end(PIXEL);
});
let otherAddress = '';

let studio: Studio;
beforeAll(async () => {
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  otherAddress = `http://127.0.0.1:${(other.address() as AddressInfo).port}/x.gif`;
  studio = await openStudio();
});
afterAll(async () => {
  other.close();
  await studio.close();
  await closeBrowser();
});

describe('the page as it ships', () => {
  it('runs without a policy violation, a console error or a failed request', async () => {
    await studio.page.waitForLoadState('networkidle');
    expect(studio.problems).toEqual([]);
  });

  it('is isolated, and so is a worker of it', async () => {
    expect(await studio.page.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([true, 'function']);
    // The very script that ships, started by hand, so that it does not matter when the studio starts its own.
    const script = readdirSync(WORKERS).find((name) => name.startsWith('jobs.worker'))!;
    const [worker] = await Promise.all([
      studio.page.waitForEvent('worker'),
      studio.page.evaluate((name) => void new Worker(`/workers/${name}`, { type: 'module' }), script),
    ]);
    expect(await worker.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([true, 'function']);
    // A worker obeys the policy of its own response: code from strings, other hosts and blob: scripts are refused there too.
    const attempts = await worker.evaluate(async (address) => {
      const later = <T>(work: () => T): Promise<T | 'refused'> => new Promise((resolve) => setTimeout(() => {
        try {
          resolve(work());
        } catch {
          resolve('refused');
        }
      }));
      const evaluated = await later(() => new Function('return 1')() as number);
      const fetched = await fetch(address).then(() => 'came', () => 'refused');
      const blob = await new Promise((resolve) => {
        try {
          const inner = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])));
          inner.addEventListener('message', () => resolve('started'));
          inner.addEventListener('error', () => resolve('refused'));
        } catch {
          resolve('refused');
        }
      });
      return [evaluated, fetched, blob, await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => 'compiles')];
    }, otherAddress);
    expect(attempts).toEqual(['refused', 'refused', 'refused', 'compiles']);
  });

  it('has no token in its address once it has loaded', async () => {
    await expect.poll(() => studio.page.url()).not.toContain('token');
  });
});

describe('the policy', () => {
  /** Each attempt resolves with whether it came through; the last word has the browser. */
  it.each<[string, (address: string) => Promise<boolean>]>([
    ['an inline script', async () => {
      const script = document.createElement('script');
      script.textContent = 'window.hacked = true';
      document.body.append(script);
      return 'hacked' in window;
    }],
    // In a task of its own: what the debugger itself runs is exempt.
    ['code from a string', () => new Promise((resolve) => setTimeout(() => {
      try {
        resolve(Boolean(new Function('return true')()));
      } catch {
        resolve(false);
      }
    }))],
    ['an inline style element', async () => {
      const style = document.createElement('style');
      style.textContent = 'body { outline: 7px solid red }';
      document.head.append(style);
      const came = getComputedStyle(document.body).outlineWidth === '7px';
      style.remove();
      return came;
    }],
    ['a request to another server', (address) => fetch(address).then(() => true, () => false)],
    ['a request without reading its answer', (address) => fetch(address, { mode: 'no-cors' }).then(() => true, () => false)],
    ['a socket to another server', (address) => new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', () => resolve(false), { once: true });
      setTimeout(() => resolve(true), 2000);
      try {
        new WebSocket(address.replace('http', 'ws'));
      } catch {
        resolve(false);
      }
    })],
    ['an image of another server', (address) => new Promise((resolve) => {
      const image = new Image();
      image.addEventListener('load', () => resolve(true));
      image.addEventListener('error', () => resolve(false));
      image.src = address;
    })],
    ['a worker from a blob', () => new Promise((resolve) => {
      const started = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])));
      started.addEventListener('message', () => resolve(true));
      started.addEventListener('error', () => resolve(false));
      setTimeout(() => resolve(false), 2000);
    })],
    ['another base address', async () => {
      const base = document.createElement('base');
      base.href = 'https://example.com/';
      document.head.append(base);
      const came = document.baseURI.startsWith('https://example.com');
      base.remove();
      return came;
    }],
    ['a frame', () => new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.src = `${location.origin}/index.html`;
      document.body.append(frame);
      setTimeout(() => {
        let came = false;
        try {
          came = Boolean(frame.contentDocument?.querySelector('#root'));
        } catch {
          came = false;
        }
        frame.remove();
        resolve(came);
      }, 1000);
    })],
  ])('blocks %s', async (_what, attempt) => {
    expect(await studio.page.evaluate(attempt, otherAddress)).toBe(false);
  });

  it('is what stops them: without it the same server answers', async () => {
    const page = await studio.page.context().newPage();
    await page.goto(otherAddress.replace('127.0.0.1', 'localhost'));
    expect(await page.evaluate((address) => fetch(address).then(() => true, () => false), otherAddress)).toBe(true);
    await page.close();
  });

  it('lets WebAssembly compile', async () => {
    const bytes = [0, 97, 115, 109, 1, 0, 0, 0];
    expect(await studio.page.evaluate(async (module) => (await WebAssembly.compile(new Uint8Array(module))) instanceof WebAssembly.Module, bytes)).toBe(true);
  });
});

describe('the host', () => {
  it('answers the tab that opened it also after a reload, and not a second tab with the used address', async () => {
    const address = await studio.newAddress();
    const context = studio.page.context();
    const [first, second] = [await context.newPage(), await context.newPage()];
    const connects = (page: typeof first): Promise<string> =>
      page.evaluate(() => new Promise<string>((resolve) => {
        const session = sessionStorage.getItem('bitwright.session');
        if (session === null) return resolve('no session');
        const socket = new WebSocket(`ws://${location.host}/host`, ['bitwright.host', `bitwright.session.${session}`]);
        socket.addEventListener('open', () => resolve('open'));
        socket.addEventListener('error', () => resolve('refused'));
      }));
    await first.goto(address);
    await expect.poll(() => connects(first)).toBe('open');
    await first.reload();
    await expect.poll(() => connects(first)).toBe('open');
    await second.goto(address);
    await expect.poll(() => connects(second)).toBe('refused');
    await Promise.all([first.close(), second.close()]);
  });
});
