import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { hasRealData, MEASURE_MS, openScreen, realFile, runCommand, waitMeasured } from './steps.ts';

const SIZES = [
  { name: '1440', viewport: { width: 1440, height: 900 } },
  { name: '1024', viewport: { width: 1024, height: 700 } },
] as const;
const THEMES = ['dark', 'light'] as const;

/** Pictures for the eye, and what a program can say about them: accessible, inside of the policy, inside of the window. */
describe.skipIf(!hasRealData)('every screen', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio();
    await studio.page.waitForLoadState('networkidle');
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  const check = async (name: string): Promise<void> => {
    const { page } = studio;
    const found: string[] = [];
    for (const size of SIZES) {
      await page.setViewportSize(size.viewport);
      for (const theme of THEMES) {
        await page.emulateMedia({ colorScheme: theme });
        await page.waitForTimeout(400);
        await studio.screenshot(`${name}-${size.name}-${theme}`);
        found.push(...(await studio.accessibilityProblems()).map((problem) => `${size.name} ${theme}: ${problem}`));
      }
      const overflow = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]);
      expect(overflow, `${name} at ${size.name}: the window never scrolls`).toEqual([0, 0]);
    }
    await page.setViewportSize(SIZES[0].viewport);
    expect(found).toEqual([]);
  };

  it('Start', () => check('start'));

  it('Studio', async () => {
    await studio.drop(['models/mlperf-tiny/pretrainedResnet.h5', 'cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin'].map(realFile));
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await runCommand(studio.page, 'Set all middle layers to TERNARY');
    await waitMeasured(studio.page);
    await check('studio');
  });

  it('Analyse, with plans', async () => {
    await openScreen(studio.page, 'Analyse');
    await studio.page.getByText(/of \d+ measured/).waitFor({ timeout: 2 * MEASURE_MS });
    await check('analyse');
  }, 240_000);

  it('Train, before a run', async () => {
    await openScreen(studio.page, 'Train');
    await check('train-idle');
  });

  it('Train, during a run', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.locator('.recharts-line-curve').nth(1).waitFor({ timeout: MEASURE_MS });
    await check('train');
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText(/was cancelled/).waitFor();
  });

  it('Compare', async () => {
    await openScreen(studio.page, 'Compare');
    await expect.poll(() => studio.page.getByRole('region', { name: 'Flips' }).innerText(), { timeout: MEASURE_MS }).toMatch(/McNemar p/);
    await check('compare');
  });

  it('Export, every step', async () => {
    const { page } = studio;
    await openScreen(page, 'Export');
    await check('export-target');
    for (const step of ['Fit', 'Contents', 'Proof', 'Package']) {
      if (step === 'Package') await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
      await page.locator('.wiz-f').getByRole('button', { name: step }).click();
      await check(`export-${step.toLowerCase()}`);
    }
  }, 400_000);

  it('all of them without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});
