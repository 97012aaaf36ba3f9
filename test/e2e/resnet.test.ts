import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { commandLine, filesUnder, hasRealData, MEASURE_MS, meterBytes, meterValue, openScreen, pressOnLayer, realFile, sizeOfFile, waitMeasured } from './steps.ts';

const MODEL = 'models/mlperf-tiny/pretrainedResnet.h5';
const TEST_IMAGES = 'cifar10-jpeg/lossless_test_ic01_200.bin';
const TRAINING_IMAGES = 'cifar10-jpeg/lossless_train_first4000.bin';

/** A published network from a file to a proved package, as a person walks it. Each step stands on the one before. */
describe.skipIf(!hasRealData)('ResNet-8 for CIFAR-10', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio({ colorScheme: 'dark' });
    await studio.drop([MODEL, TEST_IMAGES, TRAINING_IMAGES].map(realFile));
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  it('opens with the published accuracy: 171 of 200 images', async () => {
    await waitMeasured(studio.page);
    expect(await meterValue(studio.page, 'Accuracy')).toBe('85.5');
    await studio.screenshot('resnet-studio');
  });

  it('shows the size of an edit in the next frame, then measures accuracy and speed', async () => {
    const { before, nextFrame } = await pressOnLayer(studio.page, 'conv2d_7', '6');
    expect(Number(nextFrame)).toBeLessThan(Number(before) - 100);
    await waitMeasured(studio.page);
    expect(await meterValue(studio.page, 'Accuracy')).not.toBe('85.5');
    await studio.page.keyboard.press('Control+z');
    expect(await meterValue(studio.page, 'Size')).toBe(before);
    expect(await meterValue(studio.page, 'Accuracy')).toBe('85.5');
  });

  it('loses no more than a point in INT8', async () => {
    await pressOnLayer(studio.page, 'conv2d', '2');
    await studio.page.keyboard.press('Control+a');
    await studio.page.keyboard.press('2');
    await waitMeasured(studio.page);
    expect(Number(await meterValue(studio.page, 'Accuracy'))).toBeGreaterThanOrEqual(85.5 - 1);
    expect(await meterBytes(studio.page)).toBeLessThan(90_000);
  });

  it('compares the two variants picture by picture', async () => {
    await openScreen(studio.page, 'Compare');
    const { page } = studio;
    await expect.poll(() => page.getByRole('region', { name: 'Flips' }).innerText(), { timeout: MEASURE_MS }).toMatch(/McNemar p/);
    expect(await page.getByRole('region', { name: 'Summary' }).innerText()).toMatch(/smaller/);
    expect(await page.getByRole('tree', { name: 'Variants' }).getByRole('treeitem').count()).toBe(2);
    const cells = page.getByRole('region', { name: 'Layers of the compared variants' });
    expect(await cells.getByText('INT8').count()).toBe(10);
    await studio.screenshot('resnet-compare');
  });

  it('proves the file, writes nothing before the last step, and writes it to the byte', async () => {
    const { page } = studio;
    await openScreen(page, 'Export');
    const bytes = await meterBytes(page);
    for (const step of ['Fit', 'Contents', 'Proof']) await page.locator('.wiz-f').getByRole('button', { name: step }).click();
    await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
    expect(await page.getByRole('table', { name: 'Proof of each layer' }).getByText('0 differ').count()).toBe(10);
    await studio.screenshot('resnet-proof');
    await page.locator('.wiz-f').getByRole('button', { name: 'Package' }).click();
    const before = filesUnder(studio.userData);
    expect(before.filter((path) => path.endsWith('.bitw'))).toEqual([]);
    await page.getByRole('button', { name: /^Write package/ }).click();
    await page.getByText(/^Written to/).first().waitFor();
    const written = filesUnder(studio.userData).filter((path) => path.endsWith('.bitw'));
    expect(written).toHaveLength(1);
    expect(sizeOfFile(written[0])).toBe(bytes);
    expect(readFileSync(written[0]).subarray(0, 4).toString()).toBe('BITW');
    await studio.screenshot('resnet-package');
    const shown = await page.getByRole('row', { name: /Accuracy of the written file/ }).innerText();
    const { correct, count } = commandLine('evaluate', written[0], '--data', realFile(TEST_IMAGES));
    expect(count).toBe(200);
    expect(shown).toContain(`${((Number(correct) / 200) * 100).toFixed(1)}\u00a0%`);
  });

  it('makes the proof void with the next edit', async () => {
    const { page } = studio;
    await openScreen(page, 'Studio');
    await pressOnLayer(page, 'conv2d_7', '3');
    await openScreen(page, 'Export');
    await expect.poll(() => page.getByRole('navigation', { name: 'Export steps' }).innerText()).not.toMatch(/Written/);
  });

  it('draws curves while it trains, and stops within two seconds', async () => {
    const { page } = studio;
    await openScreen(page, 'Train');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    const line = () => page.locator('.recharts-line-curve').nth(1).getAttribute('d').catch(() => null);
    await expect.poll(line, { timeout: MEASURE_MS }).toMatch(/L|C/);
    const first = await line();
    await expect.poll(line, { timeout: MEASURE_MS }).not.toBe(first);
    await studio.screenshot('resnet-train');
    const startedMs = Date.now();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText(/was cancelled/).waitFor();
    expect(Date.now() - startedMs).toBeLessThan(2500);
    expect(await page.getByRole('button', { name: /^Train/ }).isEnabled()).toBe(true);
  });

  it('did all of it without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});
