import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { filesUnder, MEASURE_MS, meter, meterBytes, meterValue, openScreen, pressOnLayer, runCommand, sizeOfFile, typeCommand, waitMeasured } from './steps.ts';

/** Longest wait for a short training run on a slow machine. */
const TRAINING_MS = 180_000;

/** The whole job with nothing but what ships. Each step stands on the one before. */
describe('the sample that ships', () => {
  let studio: Studio;
  let layers: readonly string[] = [];
  beforeAll(async () => {
    studio = await openStudio();
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  it('opens from the start screen, offline', async () => {
    await studio.page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await waitMeasured(studio.page);
    expect(Number(await meterValue(studio.page, 'Accuracy'))).toBeGreaterThan(90);
    layers = await studio.page.locator('[role="radiogroup"]').evaluateAll((groups) =>
      groups.map((group) => /^Precision of ([^:]+)$/.exec(group.getAttribute('aria-label') ?? '')?.[1] ?? '').filter(Boolean),
    );
    expect(layers.length).toBeGreaterThan(3);
  });

  it('shows the size of XNOR in the next frame and undoes it with its numbers', async () => {
    const { before, nextFrame } = await pressOnLayer(studio.page, layers[1], '6');
    expect(Number(nextFrame)).toBeLessThan(Number(before));
    await waitMeasured(studio.page);
    await studio.page.keyboard.press('Control+z');
    expect(await meterValue(studio.page, 'Size')).toBe(before);
    expect(await meter(studio.page, 'Accuracy').textContent()).toMatch(/measured, [\d,]+ images/);
    expect(Number(await meterValue(studio.page, 'Accuracy'))).toBeGreaterThan(90);
  });

  it('loses visibly with XNOR in all middle layers, before any training', async () => {
    await runCommand(studio.page, 'Set all middle layers to XNOR');
    await waitMeasured(studio.page);
    await expect.poll(async () => /▼/.test(await studio.page.getByRole('region', { name: 'Accuracy' }).first().innerText()), { timeout: MEASURE_MS }).toBe(true);
  });

  it('trains a short run with moving curves to a new variant that is better', async () => {
    const { page } = studio;
    const binarised = Number(await meterValue(page, 'Accuracy'));
    await openScreen(page, 'Train');
    await page.getByLabel('Epochs').fill('1');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    const line = () => page.locator('.recharts-line-curve').nth(1).getAttribute('d').catch(() => null);
    await expect.poll(line, { timeout: TRAINING_MS }).toMatch(/L|C/);
    const first = await line();
    await expect.poll(line, { timeout: TRAINING_MS }).not.toBe(first);
    await page.getByText(/^QAT 1: [\d.]+/).waitFor({ timeout: TRAINING_MS });
    await studio.screenshot('sample-trained');
    await waitMeasured(page);
    await expect.poll(async () => Number(await meterValue(page, 'Accuracy')), { timeout: MEASURE_MS }).toBeGreaterThan(binarised);
  }, TRAINING_MS + MEASURE_MS);

  it('compares it with its parent', async () => {
    const { page } = studio;
    await openScreen(page, 'Compare');
    await expect.poll(() => page.getByRole('region', { name: 'Flips' }).innerText(), { timeout: MEASURE_MS }).toMatch(/McNemar p/);
    expect(await page.getByRole('tree', { name: 'Variants' }).innerText()).toContain('QAT 1');
    expect(await page.getByRole('region', { name: 'Flips' }).locator('canvas').count()).toBeGreaterThan(0);
    await studio.screenshot('sample-compare');
  });

  it('exports the trained network, proved, to the byte', async () => {
    const { page } = studio;
    await openScreen(page, 'Export');
    const bytes = await meterBytes(page);
    await page.getByRole('navigation', { name: 'Export steps' }).getByRole('button', { name: /Proof/ }).click();
    await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
    await page.locator('.wiz-f').getByRole('button', { name: 'Package' }).click();
    await page.getByRole('button', { name: /^Write package/ }).click();
    await page.getByText(/^Written to/).first().waitFor();
    const packed = () => filesUnder(studio.userData).filter((path) => path.endsWith('.bitw'));
    const [written] = packed();
    expect(sizeOfFile(written)).toBe(bytes);
    expect(filesUnder(studio.userData).some((path) => path.endsWith('.bitvar'))).toBe(true);
    typeCommand(await page.locator('.cmd').first().innerText(), dirname(dirname(written)));
    const again = packed().find((path) => path !== written);
    expect(again && readFileSync(again).equals(readFileSync(written)), 'the command line on screen makes the same bytes').toBe(true);
  });

  it('did all of it without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});
