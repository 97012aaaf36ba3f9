import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPageHandler } from '../../electron/host/page.ts';
import type { PageHandler } from '../../electron/host/page.ts';

const SECRET = 'nobody may read this';
let folder = '';
let page: PageHandler;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitwright-page-'));
  const root = join(folder, 'renderer');
  for (const inner of ['assets', 'workers', 'tfjs']) await mkdir(join(root, inner), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), SECRET);
  await writeFile(join(root, 'index.html'), '<!doctype html><title>Bitwright</title>');
  await writeFile(join(root, 'assets', 'index-a1B2_c3.js'), 'export {};');
  await writeFile(join(root, 'assets', 'index-a1B2_c3.js.map'), SECRET);
  await writeFile(join(root, 'workers', 'jobs-1.js'), 'export {};');
  await writeFile(join(root, 'tfjs', 'simd.wasm'), new Uint8Array([0, 97, 115, 109]));
  await writeFile(join(root, '.env'), SECRET);
  await symlink(join(folder, 'secret.txt'), join(root, 'link.txt'));
  await symlink(folder, join(root, 'outside'));
  page = createPageHandler(root);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const get = (target: string, method = 'GET'): Promise<Response> => page(new Request(`http://127.0.0.1:4000${target}`, { method }));

describe('the page handler', () => {
  it.each([
    ['/', 200, 'text/html; charset=utf-8'],
    ['/index.html', 200, 'text/html; charset=utf-8'],
    ['/index.html?theme=dark', 200, 'text/html; charset=utf-8'],
    ['/assets/index-a1B2_c3.js', 200, 'text/javascript; charset=utf-8'],
    ['/workers/jobs-1.js', 200, 'text/javascript; charset=utf-8'],
    ['/tfjs/simd.wasm', 200, 'application/wasm'],
    ['/assets/index-a1B2_c3.js.map', 404, 'text/plain; charset=utf-8'],
    ['/assets', 404, 'text/plain; charset=utf-8'],
    ['/assets/', 404, 'text/plain; charset=utf-8'],
    ['/missing.js', 404, 'text/plain; charset=utf-8'],
    ['/.env', 404, 'text/plain; charset=utf-8'],
    ['/link.txt', 404, 'text/plain; charset=utf-8'],
    ['/outside/secret.txt', 404, 'text/plain; charset=utf-8'],
  ])('answers %s with %i', async (target, status, type) => {
    const response = await get(target);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.text()).not.toContain(SECRET);
  });

  it('answers the custom scheme like http', async () => {
    const response = await page(new Request('bitwright://studio/index.html'));
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Bitwright');
  });

  it('answers HEAD without a body and refuses every other method', async () => {
    const head = await get('/', 'HEAD');
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe('39');
    expect(await head.text()).toBe('');
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) expect((await get('/', method)).status, method).toBe(405);
  });

  it('puts the isolation and policy headers on every answer, refusals included', async () => {
    for (const [target, method] of [['/', 'GET'], ['/tfjs/simd.wasm', 'GET'], ['/nothing', 'GET'], ['/', 'POST'], ['/workers/jobs-1.js', 'GET']] as const) {
      const { headers } = await get(target, method);
      const found = ['cross-origin-opener-policy', 'cross-origin-embedder-policy', 'cross-origin-resource-policy', 'x-content-type-options'].map((name) => headers.get(name));
      expect(found, target).toEqual(['same-origin', 'require-corp', 'same-origin', 'nosniff']);
      const policy = headers.get('content-security-policy')!;
      expect(policy, target).toContain("default-src 'none'");
      expect(policy, target).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|https?:/);
    }
  });

  it('gives workers a policy of their own, and neither document nor worker may start blob: scripts', async () => {
    const [document, worker] = await Promise.all(['/', '/workers/jobs-1.js'].map(async (target) => (await get(target)).headers.get('content-security-policy')!));
    expect(document).toContain("frame-ancestors 'none'");
    expect(worker).not.toBe(document);
    for (const policy of [document!, worker!]) {
      const scripts = policy.split('; ').filter((part) => /^(script|worker)-src/.test(part));
      expect(scripts.join(' ')).not.toContain('blob:');
    }
  });

  it('never lets a path out of its folder (traversal list and 2,000 random paths, seed 11)', async () => {
    const listed = [
      '/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/%2e%2e%2fsecret.txt', '/..%5csecret.txt', '/..\\secret.txt', '/assets/../../secret.txt',
      '/assets/..%00/secret.txt', '/secret.txt%00.html', '//secret.txt', '/./../secret.txt', '/%252e%252e/secret.txt', '/....//secret.txt', '/C:/secret.txt',
      '/file:///etc/passwd', `/${folder}/secret.txt`, `/${'a/'.repeat(3000)}`, '/constructor', '/__proto__', '/%c0%ae%c0%ae/secret.txt', '/index.html/', '/index.html%20',
    ];
    const pieces = ['..', '.', '%2e', '%2f', '%5c', '\\', '/', 'secret.txt', 'renderer', 'assets', 'outside', 'link.txt', '%00', '?', '#', ';', 'é', '.env', ':'];
    let state = 11;
    const pick = (): string => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return pieces[(state >> 8) % pieces.length]!;
    };
    const random = Array.from({ length: 2000 }, () => `/${Array.from({ length: 6 }, pick).join('')}`);
    for (const target of [...listed, ...random]) {
      for (const base of ['http://127.0.0.1:4000', 'bitwright://studio']) {
        const body = await page(new Request(base + target)).then((response) => response.text());
        expect(body, target).not.toContain(SECRET);
        expect(body, target).not.toContain('root:');
      }
    }
  });

  it('says what to do when the page has not been built', async () => {
    const response = await createPageHandler(join(folder, 'absent'))(new Request('http://127.0.0.1/'));
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('npm run build');
  });
});
