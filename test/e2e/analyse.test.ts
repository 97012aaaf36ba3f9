import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { hasRealData, MEASURE_MS, meterBytes, meterValue, openScreen, realFile } from './steps.ts';

/** Long enough for a scan of ResNet-8 and two dozen plans on a machine that others use too. */
const SCAN_MS = 400_000;

/** Each step stands on the one before. */
describe.skipIf(!hasRealData)('Analyse', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio();
    await studio.page.waitForLoadState('networkidle');
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  const map = () => studio.page.getByRole('grid');
  const plans = () => studio.page.getByRole('region', { name: 'Plans', exact: true });
  const measuredPlans = async (): Promise<number> => Number(/(\d+) of \d+ measured/.exec(await plans().innerText())?.[1] ?? 0);

  it('says what is missing before there is data', async () => {
    await studio.drop([realFile('models/mlperf-tiny/pretrainedResnet.h5')]);
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await openScreen(studio.page, 'Analyse');
    expect(await plans().innerText()).toContain('Layers are tried on images of the data set');
    expect(await plans().getByRole('button', { name: 'Open data' }).isVisible()).toBe(true);
    expect(await map().getByRole('row').count()).toBe(11);
    await studio.screenshot('analyse-empty');
    expect(await studio.accessibilityProblems()).toEqual([]);
  });

  it('streams the heat map in, stops when told to, and goes on from there', async () => {
    const { page } = studio;
    await studio.drop(['cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin'].map(realFile));
    const known = () => map().locator('.heat-s:not(.heat-missing):not(.heat-refused)').count();
    await expect.poll(known, { timeout: SCAN_MS }).toBeGreaterThan(4);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByText(/cells, stopped/).waitFor({ timeout: 3000 });
    const stopped = await known();
    await studio.screenshot('analyse-stopped');
    await page.waitForTimeout(1500);
    expect(await known()).toBe(stopped);
    expect(stopped).toBeLessThan(49);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('49 of 49 cells, complete').waitFor({ timeout: SCAN_MS });
    expect(await known()).toBe(49);
    // The whole map is on the screen, not only in the document.
    const [wide, pane] = [await map().boundingBox(), await page.getByRole('region', { name: 'Sensitivity' }).boundingBox()];
    expect(wide!.width).toBeGreaterThan(0.9 * pane!.width);
  }, 900_000);

  it('walks by keys from cell to cell, and says each', async () => {
    const { page } = studio;
    expect(await map().locator('[tabindex="0"]').count()).toBe(1);
    await map().locator('[tabindex="0"]').focus();
    const label = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    expect(await label()).toMatch(/^conv2d at INT8, alone: KL [\d.]+\snats, accuracy [−+±][\d.]+\spoints, loss .+ SQNR [\d.]+\sdB \(weights alone [\d.]+, input alone ∞\)/);
    await page.keyboard.press('End');
    expect(await label()).toMatch(/^conv2d at XNOR: not possible\. /);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowLeft');
    expect(await label()).toMatch(/^conv2d_1 at BINARY, alone: KL /);
    await page.keyboard.press('Control+End');
    expect(await label()).toMatch(/^dense at XNOR/);
    expect(await map().locator('[tabindex="0"]').count()).toBe(1);
  });

  it('finds plans, measures them, and a tighter budget chooses a smaller one', async () => {
    const { page } = studio;
    await expect.poll(measuredPlans, { timeout: SCAN_MS }).toBeGreaterThan(8);
    await page.getByLabel('Size at most, KB').fill('40');
    await page.keyboard.press('Enter');
    const chosen = () => plans().getByRole('row').filter({ hasText: 'chosen' });
    await expect.poll(() => chosen().count(), { timeout: SCAN_MS }).toBe(1);
    await expect.poll(async () => Number(/([\d.]+)\sKB/.exec(await chosen().innerText())?.[1]), { timeout: SCAN_MS }).toBeLessThanOrEqual(40);
    await page.getByLabel('Size at most, KB').fill('3');
    await page.keyboard.press('Enter');
    await page.getByText(/No plan fits the budget: the most frugal one takes [\d.]+\sKB/).waitFor({ timeout: SCAN_MS });
    await page.keyboard.press('Control+z');
    await page.getByLabel('Size at most, KB').fill('45');
    await page.keyboard.press('Enter');
    await expect.poll(measuredPlans, { timeout: SCAN_MS }).toBeGreaterThan(12);
    await studio.screenshot('analyse-plans');
  }, 900_000);

  it('takes a plan as a new variant with its numbers, and takes it back with one undo', async () => {
    const { page } = studio;
    const before = await meterBytes(page);
    await page.getByRole('button', { name: 'Take this plan' }).click();
    await expect.poll(() => meterBytes(page)).not.toBe(before);
    const bytes = await meterBytes(page);
    expect(bytes).toBeLessThanOrEqual(45_000);
    expect(await page.locator('.doc').innerText()).toMatch(/Plan [\d.]+\sKB/);
    // It was measured as a point of the front: the meter has it at once.
    expect(Number(await meterValue(page, 'Accuracy'))).toBeGreaterThan(30);
    await page.keyboard.press('Control+z');
    expect(await meterBytes(page)).toBe(before);
  });

  it('shows the plan under the pointer, and a click in the chart takes it', async () => {
    const { page } = studio;
    const before = await meterBytes(page);
    const row = () => plans().locator('tr[aria-selected="true"]').innerText();
    const chosen = await row();
    const mark = page.locator('.front-chart .scatter-mark').first();
    await mark.hover();
    const peeked = await row();
    expect(peeked).not.toBe(chosen);
    await page.mouse.move(5, 5);
    expect(await row()).toBe(chosen);
    await mark.click();
    await expect.poll(() => meterBytes(page)).toBeLessThan(20_000);
    await page.keyboard.press('Control+z');
    expect(await meterBytes(page)).toBe(before);
    await plans().getByRole('button', { name: 'INT8', exact: true }).click();
    expect(await row()).toContain('INT8');
  });

  it('looks around a plan, and shows what that leads to or says that there is nothing better', async () => {
    const { page } = studio;
    await plans().getByRole('button', { name: 'TERNARY', exact: true }).click();
    const shown = () => plans().locator('tr[aria-selected="true"]').innerText();
    const before = await shown();
    await page.getByRole('button', { name: 'Refine' }).click();
    expect(await page.getByRole('button', { name: 'Refine' }).getAttribute('aria-disabled')).toBe('true');
    await expect.poll(() => page.getByRole('button', { name: 'Refine' }).getAttribute('aria-disabled'), { timeout: SCAN_MS }).toBeNull();
    const nothingBetter = page.getByText('Nothing better was found around this plan.');
    await expect.poll(async () => (await shown()) !== before || (await nothingBetter.count()) > 0, { timeout: MEASURE_MS }).toBe(true);
  }, 900_000);

  it('spares each layer in company too, over time as well as over size', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: 'In company' }).click();
    await page.getByText('49 of 49 cells, complete').waitFor({ timeout: SCAN_MS });
    await page.getByRole('button', { name: 'Time', exact: true }).click();
    await page.getByRole('region', { name: 'Accuracy over time' }).getByText('ms').first().waitFor({ timeout: SCAN_MS });
    await expect.poll(measuredPlans, { timeout: SCAN_MS }).toBeGreaterThan(6);
    await studio.screenshot('analyse-company');
  }, 900_000);

  it('is accessible, within the window, and without a console error in both themes and sizes', async () => {
    const { page } = studio;
    for (const viewport of [{ width: 1024, height: 700 }, { width: 1440, height: 900 }]) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.waitForTimeout(300);
        await studio.screenshot(`analyse-${viewport.width}-${colorScheme}`);
        expect(await studio.accessibilityProblems(), `${viewport.width} ${colorScheme}`).toEqual([]);
      }
      expect(await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight])).toEqual([0, 0]);
    }
    expect(studio.problems).toEqual([]);
  }, 120_000);
});
