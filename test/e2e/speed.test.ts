import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { MEASURE_MS, meter, meterValue, runCommand, waitMeasured } from './steps.ts';

/** The speed meter: forecast at once, measured soon after, and what stands behind it. */
describe('the speed meter', () => {
  let studio: Studio;
  /** TensorFlow.js' own files. */
  const fetched: string[] = [];
  beforeAll(async () => {
    studio = await openStudio();
    studio.page.on('request', (request) => {
      if (new URL(request.url()).pathname.startsWith('/tfjs/')) fetched.push(request.url());
    });
    await studio.page.waitForLoadState('networkidle');
    await runCommand(studio.page, 'Open the offline sample');
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await waitMeasured(studio.page);
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  const dialog = () => studio.page.getByRole('dialog', { name: /^Speed/ });

  it('forecasts an edit from the measured costs before it is measured', async () => {
    const { page } = studio;
    const cells = page.getByRole('treegrid').locator('tr.fc');
    await page.getByRole('treegrid').getByRole('row').nth(2).getByRole('gridcell').first().click();
    await expect.poll(() => cells.innerText().catch(() => ''), { timeout: MEASURE_MS }).toMatch(/[−+±]\d+\.\d+\s*(?:[−+±]\d+\.\d+|–)/u);
    await expect.poll(async () => (await page.getByRole('region', { name: 'Inspector' }).getByRole('list', { name: 'The layer alone at every rung' }).getByRole('listitem').count()) > 1, { timeout: MEASURE_MS }).toBe(true);
    // Every edit is drawn as a forecast first; a recorder sees it even where measuring is quick.
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { seenSpeeds: seen });
      const speed = [...document.querySelectorAll('.meter')].find((section) => section.querySelector('h2')?.textContent === 'Speed') as HTMLElement;
      new MutationObserver(() => seen.push(speed.innerText)).observe(speed, { subtree: true, childList: true, characterData: true });
    });
    await runCommand(page, 'Set all middle layers to INT8');
    await expect.poll(async () => ((await page.evaluate('seenSpeeds')) as string[]).some((text) => /forecast from kernel table/.test(text) && text.includes('≈')), { timeout: MEASURE_MS }).toBe(true);
    await waitMeasured(page);
    expect(await meterValue(page, 'Speed')).toMatch(/^[\d.]+$/);
  });

  it('shows every layer with its rungs, and says what is slower', async () => {
    const { page } = studio;
    await meter(page, 'Speed').getByRole('button', { name: 'Details of the speed' }).click();
    const rows = dialog().getByRole('table', { name: 'Time of every layer' }).locator('tbody');
    const layers = await page.locator('[role=treegrid] [role=radiogroup]').count();
    expect(await rows.count()).toBe(layers);
    for (const text of await rows.allInnerTexts()) expect(text).toMatch(/\d+(\.\d+)?\s(µs|ms)/u);
    await studio.screenshot('speed-details');
    expect(await studio.accessibilityProblems()).toEqual([]);
  });

  it('compares with TensorFlow.js when asked, and not before', async () => {
    const { page } = studio;
    expect(fetched).toEqual([]);
    expect(await dialog().getByRole('table', { name: /baselines/ }).count()).toBe(0);
    await dialog().getByRole('button', { name: 'Compare with TensorFlow.js' }).click();
    const table = dialog().getByRole('table', { name: /baselines/ });
    await table.waitFor({ timeout: MEASURE_MS });
    expect(fetched.length).toBeGreaterThan(0);
    const texts = await table.locator('tbody tr').allInnerTexts();
    expect(texts).toHaveLength(3);
    for (const text of texts) expect(text).toMatch(/\d+(\.\d+)?\s(µs|ms)/u);
    expect(await dialog().innerText()).toContain('onnxruntime-web is not part of the studio');
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(300);
      await studio.screenshot(`speed-baselines-${colorScheme}`);
      expect(await studio.accessibilityProblems()).toEqual([]);
    }
    await dialog().getByRole('button', { name: 'Close' }).click();
    await studio.screenshot('speed-studio');
  });

  it('without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});
