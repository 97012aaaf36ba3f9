import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { MEASURE_MS, openScreen, waitMeasured } from './steps.ts';

/** A target that neither page nor host can prove says so in its place, and nothing else changes. */
describe('C99 on a computer without a compiler', () => {
  let studio: Studio;
  let empty: string;
  beforeAll(async () => {
    // Nothing is found on a search path of one empty folder.
    empty = mkdtempSync(join(tmpdir(), 'bitwright-e2e-path-'));
    studio = await openStudio({ environment: { PATH: empty } });
    await studio.page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await waitMeasured(studio.page);
  });
  afterAll(async () => {
    await studio.close();
    rmSync(empty, { recursive: true });
    await closeBrowser();
  });

  it('says so, points at the command line, and stays closed', async () => {
    const { page } = studio;
    await openScreen(page, 'Export');
    await page.getByRole('radio', { name: /C99 source/ }).check();
    await studio.screenshot('export-c99-target');
    for (const step of ['Fit', 'Contents', 'Proof']) await page.locator('.wiz-f').getByRole('button', { name: step }).click();
    await page.getByText(/There is no C compiler on this computer/).waitFor();
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
