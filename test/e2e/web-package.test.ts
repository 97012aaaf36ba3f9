import { readFileSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeModelArchive } from '../../core/project/archive.ts';
import { idx, runCommand } from '../fixtures/command-line.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';
import { pixelsFor } from '../fixtures/pixels.ts';
import { closeBrowser, openAddress } from './harness.ts';

// What the command line writes, served as it lies there by a server that knows nothing of it, under a strict policy.

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json' };
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const folder = mkdtempSync(join(tmpdir(), 'bitwright-served-'));
let server: Server;
let origin: string;

function serve(): Promise<string> {
  server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url!, 'http://localhost').pathname));
    try {
      const body = readFileSync(join(folder, 'out', path));
      response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)));
}

/** A grey PNG of one brightness (PNG specification, §11). */
function greyPng(size: number, value: number): Buffer {
  const crcOf = (bytes: Buffer): number => {
    let crc = 0xffffffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    return (crc ^ 0xffffffff) >>> 0;
  };
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crcOf(body));
    return Buffer.concat([length, body, crc]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head[8] = 8;
  const rows = Buffer.concat(Array.from({ length: size }, () => Buffer.concat([Buffer.from([0]), Buffer.alloc(size, value)])));
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

beforeAll(async () => {
  const net = new NetworkBuilder(11, [1, 12, 12, 1]);
  const a = net.maxPool('pool1', net.relu('relu1', net.batchNorm('bn1', net.conv('conv1', 'input', 8))));
  const b = net.relu('relu2', net.batchNorm('bn2', net.conv('conv2', a, 32)));
  const c = net.relu('relu3', net.batchNorm('bn3', net.conv('conv3', b, 32)));
  net.dense('dense', net.flatten('flatten', net.maxPool('pool2', c)), 4);
  const model = net.build('small <b>');
  writeFileSync(join(folder, 'small.bitmodel'), writeModelArchive(model));
  const { test } = pixelsFor(model, 40, { classes: 4 });
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/t10k-images-idx3-ubyte'), idx([test.count, 12, 12], test.images as Uint8Array));
  writeFileSync(join(folder, 'data/t10k-labels-idx1-ubyte'), idx([test.count], Uint8Array.from(test.labels!)));
  writeFileSync(join(folder, 'plan.json'), JSON.stringify({ layers: { conv2: 'ternary', conv3: 'xnor' }, default: 'int8' }));
  for (const target of ['web', 'report']) {
    const { code, err } = await runCommand(folder, ['export', 'small.bitmodel', '--plan', 'plan.json', '--data', 'data', '--preprocess', 'signed', '--target', target, '--out', 'out', '--prove', ...(target === 'report' ? ['--measure'] : [])]);
    expect(code, err).toBe(0);
  }
  origin = await serve();
});

afterAll(async () => {
  await closeBrowser();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the example page of a web package in Chromium', () => {
  it('gives the golden output of every vector, in the best build there is, and nothing is blocked', async () => {
    const { page, problems, screenshot, close } = await openAddress(`${origin}/small/example.html`);
    for (let i = 1; i <= 8; i++) {
      await page.getByText(`Test vector ${i} of 8: equal to the golden output.`).waitFor();
      expect(await page.getByRole('status').innerText()).toMatch(/^Answer: [0-3], in [\d.]+ ms \(WebAssembly with (relaxed )?SIMD\)\.$/);
      await page.getByRole('button', { name: 'Next test vector' }).click();
    }
    expect(await page.title()).toBe('small <b>');
    await screenshot('web-package');
    expect(problems).toEqual([]);
    await close();
  });

  it('answers for a picture that a person picks as the network does for its pixels', async () => {
    const { page, problems, close } = await openAddress(`${origin}/small/example.html`);
    await page.getByText('Test vector 1 of 8').waitFor();
    await page.getByLabel('or an image:').setInputFiles({ name: 'grey.png', mimeType: 'image/png', buffer: greyPng(12, 200) });
    await page.getByText('Test vector 1 of 8').waitFor({ state: 'detached' });
    const shown = await page.getByRole('status').innerText();
    const { loadNetwork } = (await import(/* @vite-ignore */ join(folder, 'out/small/bitwright-runtime.js'))) as { loadNetwork: (bytes: Uint8Array) => Promise<{ run(input: Float32Array): Float32Array }> };
    const output = (await loadNetwork(readFileSync(join(folder, 'out/small/small.bitw')))).run(new Float32Array(144).fill(200 / 127.5 - 1));
    expect(shown).toContain(`Answer: ${output.indexOf(Math.max(...output))},`);
    expect(problems).toEqual([]);
    await close();
  });
});

describe('a report in Chromium', () => {
  it('passes the policy and the accessibility rules in both themes, and prints', async () => {
    const { page, problems, screenshot, accessibilityProblems, close } = await openAddress(`${origin}/small.html`);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityProblems()).toEqual([]);
      await screenshot(`report-${colorScheme}`);
    }
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
    expect(problems).toEqual([]);
    await close();
  });
});
