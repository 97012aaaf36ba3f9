import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { MEASURE_MS, meterBytes, runCommand } from './steps.ts';

afterAll(closeBrowser);

const grid = (page: Page) => page.getByRole('treegrid');
const heads = async (page: Page): Promise<readonly string[]> => (await grid(page).getByRole('columnheader').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
const layersShown = (page: Page): Promise<readonly (string | null)[]> => grid(page).locator('tr[data-row]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-row')));

/** Goes to a button by Tab and opens its menu; types the beginning of the entry and presses Enter. */
async function chooseInMenu(page: Page, button: string, entry: string): Promise<void> {
  await page.getByRole('button', { name: button }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
  for (let step = 0; step < 30 && !(await page.locator('[role^="menuitem"].is-active').innerText().catch(() => '')).startsWith(entry); step++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
}

async function openSample(options: Parameters<typeof openStudio>[0] = {}): Promise<Studio> {
  const studio = await openStudio(options);
  await runCommand(studio.page, 'Open the offline sample');
  await grid(studio.page).waitFor({ timeout: MEASURE_MS });
  return studio;
}

async function shootBoth(studio: Studio, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await studio.page.emulateMedia({ colorScheme });
    for (const viewport of [{ width: 1440, height: 900 }, { width: 1024, height: 700 }]) {
      await studio.page.setViewportSize(viewport);
      await studio.page.waitForTimeout(150);
      await studio.screenshot(`${name}-${viewport.width}-${colorScheme}`);
    }
  }
  await studio.page.setViewportSize({ width: 1440, height: 900 });
  await studio.page.emulateMedia({ colorScheme: 'light' });
  // Colours fade from one theme to the other.
  await studio.page.waitForTimeout(400);
}

describe('the columns of the layer table', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openSample();
  }, 120_000);
  afterAll(() => studio.close());

  it('are those of the design at first', async () => {
    expect((await heads(studio.page)).slice(0, -2)).toEqual(['Layer', 'Shape', 'Params', 'KB', 'ms', 'Cost, pt']);
  });

  it('are chosen by keyboard, and the menu stays for the next one', async () => {
    const { page } = studio;
    await chooseInMenu(page, 'Columns and order', 'MACs');
    expect(await page.getByRole('menu').count()).toBe(1);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    expect((await heads(page)).slice(0, -2)).toEqual(['Layer', 'Shape', 'MACs', 'KB', 'ms', 'Cost, pt']);
    expect(await grid(page).getByRole('row').nth(1).getByRole('gridcell').count()).toBe(8);
    expect(await studio.accessibilityProblems()).toEqual([]);
  });

  it('order the rows: largest first, then smallest, then as in the network', async () => {
    const { page } = studio;
    const network = await layersShown(page);
    await chooseInMenu(page, 'Columns and order', 'Sort by bytes');
    const bytes = async () => (await grid(page).locator('tr[data-row] td:nth-child(4)').evaluateAll((cells) => cells.map((cell) => Number((cell.getAttribute('title') ?? '').replace(/\D/g, '')))));
    const largestFirst = await bytes();
    expect(largestFirst).toEqual(largestFirst.toSorted((a, b) => b - a));
    expect(new Set(largestFirst).size).toBeGreaterThan(2);
    expect(await grid(page).getByRole('columnheader', { name: 'KB' }).getAttribute('aria-sort')).toBe('descending');
    await grid(page).getByRole('button', { name: 'KB' }).click();
    expect(await bytes()).toEqual(largestFirst.toReversed());
    await chooseInMenu(page, 'Columns and order', 'Order of the network');
    expect(await layersShown(page)).toEqual(network);
  });

  it('all at once scroll sideways between the name and the ladder, with the forecasts below the selected row', async () => {
    const { page } = studio;
    await chooseInMenu(page, 'Columns and order', 'Operator');
    for (const name of ['Parameters', 'Sensitivity, nat', 'SQNR, dB']) await page.getByRole('menuitemcheckbox', { name, exact: true }).click();
    await shootBoth(studio, 'table-columns-menu');
    await page.keyboard.press('Escape');
    await grid(page).locator('tr[data-row="conv2"]').getByRole('gridcell').first().click();
    await page.locator('tr.fc').waitFor();
    await shootBoth(studio, 'table-all-columns');
    const place = async (selector: string) => (await page.locator(selector).first().boundingBox())!;
    const [pane, ladder] = [await place('[aria-label="Layer table"]'), await place('tr[data-row] .ladder')];
    expect(ladder.x + ladder.width).toBeLessThanOrEqual(pane.x + pane.width);
    expect(await studio.accessibilityProblems()).toEqual([]);
  }, 60_000);

  it('did all of it without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});

describe('keys in the layer table', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openSample();
  }, 120_000);
  afterAll(() => studio.close());

  it('Control walks without selecting and Space adds, Shift takes a range', async () => {
    const { page } = studio;
    const rows = grid(page).locator('tr[data-row]');
    await rows.first().getByRole('gridcell').first().click();
    const selected = () => grid(page).getByRole('row', { selected: true }).count();
    const before = await selected();
    await page.keyboard.press('Control+ArrowDown');
    await page.keyboard.press('Control+ArrowDown');
    expect(await selected()).toBe(before);
    await page.keyboard.press('Space');
    expect(await selected()).toBeGreaterThan(before);
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+End');
    expect(await selected()).toBeGreaterThan(2);
  });

  it('“All like this” takes the layers of a name pattern, with their number before, in one step', async () => {
    const { page } = studio;
    const names = await layersShown(page);
    const layer = names.find((name) => name !== null && /\d/.test(name) && !name.startsWith('block:'))!;
    await grid(page).locator(`tr[data-row="${layer}"]`).getByRole('gridcell').first().click();
    await page.keyboard.press('3');
    const before = await meterBytes(page);
    await chooseInMenu(page, 'All like this', 'Layers with a name like this');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    expect(await dialog.getByRole('status').innerText()).toMatch(/^\d+ layers? of \d+: /);
    await shootBoth(studio, 'pattern-dialog');
    expect(await studio.accessibilityProblems()).toEqual([]);
    await dialog.getByRole('textbox', { name: 'Name' }).fill('nothing*like[this');
    expect(await dialog.getByRole('status').innerText()).toBe('No layer has such a name');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('*');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => meterBytes(page)).toBeLessThan(before);
    await page.keyboard.press('Control+z');
    await expect.poll(() => meterBytes(page)).toBe(before);
  });

  it('layers are selected by a pattern from the palette', async () => {
    const { page } = studio;
    await runCommand(page, 'Layers with a name like this');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('*');
    await dialog.getByRole('button', { name: /^Select \d+ layers/ }).focus();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const count = await grid(page).locator('tfoot').innerText();
    expect(await page.locator('.tool').innerText()).toContain(`${parseInt(count, 10)} selected`);
  });

  it('did all of it without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});

describe('the settings', () => {
  it('open by their keys, are kept, and say what a report of a fault needs', async () => {
    const studio = await openSample();
    const { page } = studio;
    await page.keyboard.press('Control+,');
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByText('Isolation').waitFor();
    await shootBoth(studio, 'settings');
    expect(await studio.accessibilityProblems()).toEqual([]);
    const diagnostics = await dialog.getByRole('region', { name: 'Diagnostics' }).innerText();
    expect(diagnostics).toContain('cross-origin isolated: threads share memory');
    expect(diagnostics).toMatch(/WebAssembly with/);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await dialog.getByRole('button', { name: 'Copy as text' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^Bitwright: .+\nShell: .+[\s\S]+\nIsolation: cross-origin isolated/);
    await dialog.getByRole('switch', { name: 'Measure unasked' }).focus();
    await page.keyboard.press('Space');
    await dialog.getByRole('checkbox', { name: 'MACs' }).focus();
    await page.keyboard.press('Space');
    await dialog.getByRole('button', { name: 'Dark' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await heads(page)).toContain('MACs');
    await page.waitForTimeout(300);
    // The same person, another window.
    const address = await studio.newAddress();
    const second = await page.context().newPage();
    await second.goto(address);
    await second.keyboard.press('Control+,');
    const again = second.getByRole('dialog', { name: 'Settings' });
    await again.waitFor();
    expect(await again.getByRole('switch', { name: 'Measure unasked' }).isChecked()).toBe(false);
    expect(await again.getByRole('checkbox', { name: 'MACs' }).isChecked()).toBe(true);
    expect(await again.getByRole('button', { name: 'Dark' }).getAttribute('aria-pressed')).toBe('true');
    expect(studio.problems).toEqual([]);
    await studio.close();
  }, 120_000);
});
