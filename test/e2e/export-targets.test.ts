import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { MEASURE_MS, openScreen, waitMeasured } from './steps.ts';

/** A target that the page cannot prove says so in its place, and nothing else changes. */
describe('a target that is proved elsewhere', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio();
    await studio.page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await waitMeasured(studio.page);
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  it('points at the command line, and stays closed', async () => {
    const { page } = studio;
    await openScreen(page, 'Export');
    await page.getByRole('radio', { name: /C99 source/ }).check();
    await studio.screenshot('export-c99-target');
    for (const step of ['Fit', 'Contents', 'Proof']) await page.locator('.wiz-f').getByRole('button', { name: step }).click();
    await page.getByText('This target is proved and written on the command line.').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.locator('.cmd').innerText()).toMatch(/--target c99/);
    const closed = page.getByRole('navigation', { name: 'Export steps' }).getByRole('button', { name: /Package/ });
    expect(await closed.getAttribute('aria-disabled')).toBe('true');
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await studio.screenshot(`export-c99-proof-${colorScheme}`);
    }
  });

  it('leaves the packed file as it was', async () => {
    const { page } = studio;
    await page.getByRole('navigation', { name: 'Export steps' }).getByRole('button', { name: /Target/ }).click();
    await page.getByRole('radio', { name: /Packed network/ }).check();
    await page.getByRole('navigation', { name: 'Export steps' }).getByRole('button', { name: /Proof/ }).click();
    await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
  });

  it('leaves no problem behind', () => expect(studio.problems).toEqual([]));
});
