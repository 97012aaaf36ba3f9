import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { MEASURE_MS, openScreen, waitMeasured } from './steps.ts';

/** Targets that tell more than the program: the page proves them under its own policy, which runs no text as a script. */
describe('web package, report and recipe on the page', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio();
    await studio.page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await waitMeasured(studio.page);
    await openScreen(studio.page, 'Export');
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  it.each([
    ['web', /Web package/],
    ['report', /Report/],
    ['recipe', /Recipe/],
  ] as const)('the target %s is proved', async (target, name) => {
    const { page } = studio;
    const steps = page.getByRole('navigation', { name: 'Export steps' });
    await steps.getByRole('button', { name: /Target/ }).click();
    await page.getByRole('radio', { name }).check();
    await steps.getByRole('button', { name: /Proof/ }).click();
    await page.getByText(target === 'report' ? 'What is written is so.' : 'The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
    expect(await page.getByRole('alert').count()).toBe(0);
    await studio.screenshot(`export-${target}-proof`);
  });

  it('leaves no problem behind', () => expect(studio.problems).toEqual([]));
});
