import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx, type OnnxModel } from '../fixtures/onnx-writer.ts';
import { idxImages, idxLabels } from '../fixtures/data-files.ts';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { hasRealData, MEASURE_MS, realFile, toasts } from './steps.ts';

/** A small good network, made here: 8×8 grey pictures, one convolution and a classifier. */
const GOOD: OnnxModel = {
  nodes: [
    { op: 'Conv', name: 'conv', inputs: ['in', 'k', 'b'], outputs: ['c'], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] } },
    { op: 'Relu', name: 'relu', inputs: ['c'], outputs: ['r'] },
    { op: 'GlobalAveragePool', name: 'pool', inputs: ['r'], outputs: ['g'] },
    { op: 'Flatten', name: 'flatten', inputs: ['g'], outputs: ['f'] },
    { op: 'Gemm', name: 'dense', inputs: ['f', 'w', 'd'], outputs: ['out'], attributes: { transB: 1 } },
  ],
  initialisers: {
    k: { dims: [4, 1, 3, 3], floats: Array.from({ length: 36 }, (_, i) => Math.sin(i)) },
    b: { dims: [4], floats: [0.1, -0.1, 0.2, 0] },
    w: { dims: [10, 4], floats: Array.from({ length: 40 }, (_, i) => Math.cos(i)) },
    d: { dims: [10], floats: Array.from({ length: 10 }, () => 0) },
  },
  inputs: [{ name: 'in', shape: [1, 1, 8, 8] }],
  outputs: [{ name: 'out', shape: [1, 10] }],
};

/** A person must be told what and where; what was open stays open; nothing hangs. */
describe('bad input', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-bad-'));
  let studio: Studio;
  const file = (name: string, bytes: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  beforeAll(async () => {
    studio = await openStudio();
    await studio.drop([file('good.onnx', writeOnnx(GOOD))]);
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
  });
  afterEach(async () => {
    const dismiss = toasts(studio.page).getByRole('button', { name: 'Dismiss' });
    // One that is on its way out may go before the click lands.
    for (let tries = 0; tries < 20 && (await dismiss.count()) > 0; tries++) await dismiss.first().click({ timeout: 1000 }).catch(() => undefined);
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
    rmSync(folder, { recursive: true, force: true });
  });

  const message = async (): Promise<string> => {
    await toasts(studio.page).first().waitFor({ timeout: MEASURE_MS });
    return (await toasts(studio.page).allInnerTexts()).join('\n').replace(/\s+/g, ' ');
  };
  const stillOpen = () => studio.page.getByRole('treegrid').getByRole('row').filter({ hasText: 'conv' }).first().waitFor();

  it('a text with the name of a network', async () => {
    await studio.drop([file('letter.onnx', 'Dear network, you are not one.')]);
    await expect.poll(message, { timeout: MEASURE_MS }).toContain('letter.onnx');
    await stillOpen();
  });

  it('a network that ends in the middle', async () => {
    const bytes = writeOnnx(GOOD);
    await studio.drop([file('cut.onnx', bytes.subarray(0, Math.floor(bytes.length / 2)))]);
    await expect.poll(message, { timeout: MEASURE_MS }).toMatch(/cut\.onnx/);
    await stillOpen();
  });

  it('weights that are not numbers', async () => {
    const weights = { ...GOOD.initialisers, b: { dims: [4], floats: [0.1, Number.NaN, 0.2, 0] } };
    await studio.drop([file('nan.onnx', writeOnnx({ ...GOOD, initialisers: weights }))]);
    await expect.poll(message, { timeout: MEASURE_MS }).toMatch(/NaN|not a number|finite/i);
  });

  it('an operator that nobody knows: it is kept, named and grey', async () => {
    const nodes = GOOD.nodes.map((node) => (node.op === 'Relu' ? { ...node, op: 'Frobnicate', domain: 'com.example' } : node));
    await studio.drop([file('strange.onnx', writeOnnx({ ...GOOD, nodes, opset: 13 }))]);
    await expect.poll(message, { timeout: MEASURE_MS }).toContain('Frobnicate');
    await studio.page.getByRole('treegrid').getByText(/Frobnicate|relu/).first().waitFor();
  });

  it('a data set whose pictures have another shape', async () => {
    await studio.drop([file('good.onnx', writeOnnx(GOOD))]);
    await studio.page.getByRole('treegrid').waitFor();
    await studio.drop([idxImages('t10k-images-idx3-ubyte', 20, 28, 28), idxLabels('t10k-labels-idx1-ubyte', 20)].map(({ name, bytes }) => file(name, bytes)));
    await expect.poll(message, { timeout: MEASURE_MS }).toMatch(/28.*8|8.*28/);
    await stillOpen();
  });

  it('a data set that ends in the middle', async () => {
    const { bytes } = idxImages('x', 20, 8, 8);
    await studio.drop([file('short-images-idx3-ubyte', bytes.subarray(0, 700))]);
    await expect.poll(message, { timeout: MEASURE_MS }).toContain('short-images-idx3-ubyte');
    await stillOpen();
  });

  it.skipIf(!hasRealData)('a Keras file that ends in the middle', async () => {
    const bytes = readFileSync(realFile('models/mlperf-tiny/pretrainedResnet.h5'));
    await studio.drop([file('cut.h5', bytes.subarray(0, 100_000))]);
    await expect.poll(message, { timeout: MEASURE_MS }).toContain('cut.h5');
    await stillOpen();
  });

  it('leaves no uncaught error and no policy violation behind', () => {
    expect(studio.problems).toEqual([]);
  });
});
