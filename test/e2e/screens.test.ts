import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { hasRealData, MEASURE_MS, openScreen, realFile, runCommand, waitMeasured } from './steps.ts';

interface Look {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly colorScheme: 'dark' | 'light';
  readonly forcedColors?: 'active';
  readonly reducedMotion?: 'reduce';
  /** A person's zoom leaves fewer CSS pixels: then the window may scroll, but only down. */
  readonly zoomed?: boolean;
}

const sizes = (name: string, width: number, height: number): readonly Look[] => (['dark', 'light'] as const).map((colorScheme) => ({ name: `${name}-${colorScheme}`, width, height, colorScheme }));

const LOOKS: readonly Look[] = [
  ...sizes('1024', 1024, 700),
  ...sizes('2560', 2560, 1440),
  { name: 'zoom', width: 720, height: 450, colorScheme: 'light', zoomed: true },
  { name: 'forced', width: 1440, height: 900, colorScheme: 'dark', forcedColors: 'active', reducedMotion: 'reduce' },
  ...sizes('1440', 1440, 900),
];

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
    for (const look of LOOKS) {
      await page.setViewportSize(look);
      await page.emulateMedia({ colorScheme: look.colorScheme, forcedColors: look.forcedColors ?? 'none', reducedMotion: look.reducedMotion ?? 'no-preference' });
      await page.waitForTimeout(300);
      await studio.screenshot(`${name}-${look.name}`);
      found.push(...(await studio.accessibilityProblems()).map((problem) => `${look.name}: ${problem}`));
      const [across, down] = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]);
      if (across !== 0 || (down !== 0 && !look.zoomed)) found.push(`${look.name}: the window scrolls ${across} px across and ${down} px down.`);
      const moving = look.reducedMotion ? await page.evaluate(() => document.getAnimations().filter((animation) => animation.playState === 'running' && Number(animation.effect?.getComputedTiming().duration) > 0).length) : 0;
      if (moving > 0) found.push(`${look.name}: ${moving} things move though motion is reduced.`);
    }
    expect(found).toEqual([]);
  };

  it('Start', () => check('start'), 2 * MEASURE_MS);

  it('Studio', async () => {
    await studio.drop(['models/mlperf-tiny/pretrainedResnet.h5', 'cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin'].map(realFile));
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await runCommand(studio.page, 'Set all middle layers to TERNARY');
    await waitMeasured(studio.page);
    await check('studio');
  }, 3 * MEASURE_MS);

  it('Analyse, with plans', async () => {
    await openScreen(studio.page, 'Analyse');
    await studio.page.getByText(/of \d+ measured/).waitFor({ timeout: 2 * MEASURE_MS });
    await check('analyse');
  }, 5 * MEASURE_MS);

  it('Train, before a run', async () => {
    await openScreen(studio.page, 'Train');
    await check('train-idle');
  }, 2 * MEASURE_MS);

  it('Train, during a run', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.locator('.recharts-line-curve').nth(1).waitFor({ timeout: MEASURE_MS });
    await check('train');
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText(/was cancelled/).waitFor();
  }, 3 * MEASURE_MS);

  it('Compare', async () => {
    await openScreen(studio.page, 'Compare');
    await expect.poll(() => studio.page.getByRole('region', { name: 'Flips' }).innerText(), { timeout: MEASURE_MS }).toMatch(/McNemar p/);
    await check('compare');
  }, 3 * MEASURE_MS);

  it('Export, every step', async () => {
    const { page } = studio;
    await openScreen(page, 'Export');
    await check('export-target');
    for (const step of ['Fit', 'Contents', 'Proof', 'Package']) {
      if (step === 'Package') await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
      await page.locator('.wiz-f').getByRole('button', { name: step }).click();
      await check(`export-${step.toLowerCase()}`);
    }
  }, 10 * MEASURE_MS);

  it('all of them without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});
