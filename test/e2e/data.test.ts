import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleDataSet } from '../../core/data/sample/digits.ts';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { MEASURE_MS, meter, runCommand } from './steps.ts';

const EACH = 12;

/** The digits that the sample draws as PNG files, a folder for each. */
async function writeFolders(root: string): Promise<void> {
  const { test } = sampleDataSet({ trainCount: 10, testCount: EACH * 10 });
  for (let i = 0; i < test.count; i++) {
    const folder = join(root, 'test', String(test.labels?.[i]));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${i}.png`), encode({ width: 28, height: 28, channels: 1, data: test.images.slice(i * 784, (i + 1) * 784) as Uint8Array }));
  }
}

describe('a data set of the person', () => {
  let studio: Studio;
  let root = '';
  beforeAll(async () => {
    root = join(await mkdtemp(join(tmpdir(), 'bitwright-data-')), 'drawn');
    await writeFolders(root);
    studio = await openStudio();
    await studio.page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
    await rm(join(root, '..'), { recursive: true, force: true });
  });

  it('in folders of images is opened, and says what the network reaches under each preprocessing', async () => {
    const { page } = studio;
    const dialog = page.waitForEvent('filechooser');
    await runCommand(page, 'Open data folder');
    await (await dialog).setFiles(root);
    await page.getByText(/reaches \d+\.\d.% with 0 to 1/).waitFor({ timeout: MEASURE_MS });
    await expect.poll(() => meter(page, 'Accuracy').textContent(), { timeout: MEASURE_MS }).toMatch(/measured, 120 images/);
    await studio.screenshot('data-opened');
  });

  it('shows its pictures, the numbers that the network gets, and what its checks find', async () => {
    const { page } = studio;
    await runCommand(page, 'Data set');
    const dialog = page.getByRole('dialog', { name: 'Data set drawn' });
    await dialog.getByText('All 10 classes are covered, with 12 to 12 test samples each.').waitFor({ timeout: MEASURE_MS });
    await dialog.getByText(/Calibration takes 256 samples and drawn has 120 for it/).waitFor({ timeout: MEASURE_MS });
    expect(await dialog.getByRole('img').count()).toBe(10);
    expect(await dialog.textContent()).toContain('Numbers from 0 to 1.');
    await dialog.getByRole('combobox', { name: 'Preprocessing' }).click();
    await page.getByRole('option', { name: /^−1 to 1: \d+\.\d.% right of/ }).click();
    await expect.poll(() => dialog.textContent()).toContain('Numbers from −1 to 1.');
    await studio.screenshot('data-dialog');
    expect(await studio.accessibilityProblems()).toEqual([]);
    expect(studio.problems).toEqual([]);
  });
});
