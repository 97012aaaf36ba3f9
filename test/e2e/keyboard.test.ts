import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { MEASURE_MS, openScreen, runCommand, waitMeasured } from './steps.ts';

/** No pointer from here on: everything by keys, as a person with a keyboard alone. */
describe('by keyboard alone', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio();
    await studio.page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await runCommand(studio.page, 'Set all middle layers to BINARY');
    await waitMeasured(studio.page);
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  it('every screen has its keys and its heading', async () => {
    const { page } = studio;
    for (const [index, name] of ['Studio', 'Analyse', 'Train', 'Compare', 'Export'].entries()) {
      await page.keyboard.press(`Alt+${index + 1}`);
      await page.getByRole('heading', { level: 1, name }).waitFor();
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    }
  });

  it('Compare: arrows walk the tree, Space takes columns, Enter works on a variant', async () => {
    const { page } = studio;
    await runCommand(page, 'New variant from this one');
    await openScreen(page, 'Compare');
    const items = page.getByRole('treeitem');
    expect(await items.count()).toBe(3);
    await items.first().focus();
    await page.keyboard.press('End');
    expect(await items.last().evaluate((item) => item === document.activeElement)).toBe(true);
    expect(await items.last().getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('Home');
    await page.keyboard.press('Space');
    expect(await page.getByRole('region', { name: 'Summary' }).getByRole('heading', { level: 2 }).count()).toBe(3);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await items.nth(1).innerText()).toContain('in work');
    await page.keyboard.press('Control+z');
    expect(await items.nth(1).innerText()).not.toContain('in work');
  });

  it('Train: numbers step with the arrows, and what does not fit is marked, said and taken back', async () => {
    const { page } = studio;
    await openScreen(page, 'Train');
    const epochs = page.getByLabel('Epochs');
    await epochs.focus();
    const before = Number(await epochs.inputValue());
    await page.keyboard.press('ArrowUp');
    expect(Number(await epochs.inputValue())).toBe(before + 1);
    await epochs.fill('-3');
    expect(await epochs.getAttribute('aria-invalid')).toBe('true');
    await page.keyboard.press('Enter');
    expect(Number(await epochs.inputValue())).toBe(before + 1);
    await page.getByRole('button', { name: 'Reset' }).press('Enter');
    expect(Number(await epochs.inputValue())).toBe(before);
  });

  it('Train: the cross-hair walks with the arrows and its values are read out', async () => {
    const { page } = studio;
    await page.getByLabel('Epochs').fill('1');
    await page.getByRole('button', { name: 'Train', exact: true }).press('Enter');
    const plot = page.getByRole('region', { name: 'Loss' }).getByRole('img');
    await page.locator('.recharts-line-curve').nth(1).waitFor({ timeout: MEASURE_MS });
    await plot.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.getByRole('region', { name: 'Loss' }).getByRole('status').textContent()).toMatch(/smoothed [\d.]+/);
    await page.getByRole('button', { name: 'Cancel', exact: true }).press('Enter');
    await page.getByText(/was cancelled/).waitFor();
  });

  it('Export: from the target to the proof with Enter', async () => {
    const { page } = studio;
    await openScreen(page, 'Export');
    for (const step of ['Fit', 'Contents', 'Proof']) await page.locator('.wiz-f').getByRole('button', { name: step }).press('Enter');
    await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
    const closed = page.getByRole('navigation', { name: 'Export steps' }).getByRole('button', { name: /Package/ });
    expect(await closed.getAttribute('aria-disabled')).toBeNull();
  });

  it('leaves no problem behind', () => expect(studio.problems).toEqual([]));
});
