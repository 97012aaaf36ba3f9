import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { hasRealData, MEASURE_MS, openScreen, realFile, runCommand, waitMeasured } from './steps.ts';

const THEMES = ['dark', 'light'] as const;

/** Pictures for the eye, and nothing for axe. */
async function lookInBothThemes(studio: Studio, name: string): Promise<void> {
  const found: string[] = [];
  for (const theme of THEMES) {
    await studio.page.emulateMedia({ colorScheme: theme });
    await studio.page.waitForTimeout(300);
    await studio.screenshot(`${name}-${theme}`);
    found.push(...(await studio.accessibilityProblems()).map((problem) => `${theme}: ${problem}`));
  }
  expect(found).toEqual([]);
}

const gapDialog = (studio: Studio) => studio.page.getByRole('dialog', { name: 'Explain the gap' });

/** The offline sample: an int8 variant, and one from it with single layers at fewer bits. */
describe('Compare, in depth', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio();
    const { page } = studio;
    await page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await runCommand(page, 'Set all middle layers to INT8');
    await runCommand(page, 'New variant from this one');
    await runCommand(page, 'Set all middle layers to XNOR');
    await waitMeasured(page);
    await openScreen(page, 'Compare');
  }, 3 * MEASURE_MS);
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  const inBothThemes = (name: string): Promise<void> => lookInBothThemes(studio, name);
  const dialog = () => gapDialog(studio);
  const numberIn = (text: string): number => Number(text.replace('\u2212', '-').replace(/[+±]/, ''));

  it('explains the gap of a pair, layer by layer, with a sum that is the gap', async () => {
    const { page } = studio;
    await page.getByRole('region', { name: 'Variant tree' }).getByRole('button', { name: 'Explain the gap' }).press('Enter');
    await page.getByRole('menuitemcheckbox', { name: 'A → B' }).press('Enter');
    await dialog().getByText(/matters most: from INT8 to XNOR/).waitFor({ timeout: MEASURE_MS });
    await expect.poll(() => dialog().getByRole('progressbar').count(), { timeout: MEASURE_MS }).toBe(0);
    const rows = dialog().locator('tbody tr');
    expect(await rows.count()).toBeGreaterThan(1);
    const points = await rows.locator('td:nth-child(4)').allInnerTexts();
    const sum = await dialog().locator('tfoot td:nth-child(4)').innerText();
    expect(points.reduce((total, text) => total + numberIn(text), 0)).toBeCloseTo(numberIn(sum), 6);
    await inBothThemes('compare-gap');
  }, 2 * MEASURE_MS);

  it('copies the better setting of a layer from its row, and explains what is left', async () => {
    const { page } = studio;
    const rows = dialog().locator('tbody tr');
    const before = await rows.count();
    await dialog().getByRole('button', { name: /^Copy the better setting of .*, INT8 of A/ }).first().press('Enter');
    await expect.poll(() => rows.count(), { timeout: MEASURE_MS }).toBe(before - 1);
    await expect.poll(() => dialog().getByRole('progressbar').count(), { timeout: MEASURE_MS }).toBe(0);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    expect(await page.getByRole('region', { name: 'Variant tree' }).innerText()).toMatch(/explains [+\u2212±]/);
    await page.keyboard.press('Control+z');
  }, 2 * MEASURE_MS);

  it('opens by its command, and stops when it is closed', async () => {
    const { page } = studio;
    await openScreen(page, 'Studio');
    await runCommand(page, 'Explain the gap');
    await dialog().waitFor();
    await dialog().getByRole('button', { name: '1,000 images' }).press('Enter');
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await expect.poll(() => page.getByRole('contentinfo').innerText(), { timeout: 5000 }).not.toContain('Explaining the gap');
  });

  it('takes a setting that is dragged into another column, and leaves the variant in work in work', async () => {
    const { page } = studio;
    await openScreen(page, 'Compare');
    const row = page.getByRole('region', { name: 'Layers of the compared variants' }).locator('.cols-r').filter({ hasText: 'conv3' });
    const cell = (column: number) => row.locator('> div').nth(column);
    expect(await cell(1).innerText()).toContain('INT8');
    expect(await cell(2).innerText()).toContain('XNOR');
    const tree = page.getByRole('region', { name: 'Variant tree' });
    await cell(2).locator('.drag').hover();
    await page.mouse.down();
    await cell(1).hover();
    await cell(1).hover();
    await studio.screenshot('compare-drag');
    await page.mouse.up();
    // The same now, so the line is no difference any more.
    await expect.poll(() => row.count()).toBe(0);
    expect(await tree.getByRole('treeitem', { name: /Variant 2/ }).innerText()).toContain('in work');
    await page.keyboard.press('Control+z');
    await expect.poll(() => row.count()).toBe(1);
  });

  it('branches a variant that is not changed under its measurements, and shows the branch', async () => {
    const { page } = studio;
    await page.getByRole('treeitem', { name: /FP32 original/ }).focus();
    await page.keyboard.press('Space');
    const row = page.getByRole('region', { name: 'Layers of the compared variants' }).locator('.cols-r').filter({ hasText: 'conv3' });
    await row.locator('> div').nth(2).locator('.drag').dragTo(row.locator('> div').nth(3));
    await page.getByText('FP32 original stays as it was measured.').waitFor();
    expect(await page.getByRole('region', { name: 'Summary' }).getByRole('heading', { level: 2 }).count()).toBe(4);
    await page.keyboard.press('Control+z');
    await page.getByRole('treeitem', { name: /FP32 original/ }).focus();
    await page.keyboard.press('Space');
  });

  it('shows the graphs of the pair side by side: what differs is marked, and one follows the other', async () => {
    const { page } = studio;
    await openScreen(page, 'Compare');
    await page.getByRole('group', { name: 'Shown below' }).getByRole('button', { name: 'Graphs' }).press('Enter');
    const graphs = page.getByRole('region', { name: /^Graph of Variant/ });
    await graphs.nth(1).locator('canvas.gx').waitFor();
    expect(await graphs.count()).toBe(2);
    const [left, right] = [graphs.nth(0), graphs.nth(1)];
    await page.waitForTimeout(200);
    await inBothThemes('compare-graphs');
    // Walked by keys in one, selected in both.
    await left.getByRole('tree').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const selected = (side: typeof left) => side.locator('[role="treeitem"][aria-selected="true"]').innerText();
    expect(await selected(left)).toMatch(/INT8, differs/);
    expect(await selected(right)).toMatch(/XNOR, differs/);
    expect((await selected(left)).split(',')[0]).toBe((await selected(right)).split(',')[0]);
    // Zoomed in one, the other looks at the same place: their minimaps frame the same part.
    const looks = (side: typeof left) => side.locator('canvas.mini').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const before = await looks(right);
    await left.getByRole('tree').focus();
    for (let step = 0; step < 4; step++) await page.keyboard.press('+');
    await expect.poll(() => looks(right)).not.toBe(before);
    await studio.screenshot('compare-graphs-zoomed');
    await page.getByRole('group', { name: 'Shown below' }).getByRole('button', { name: 'Layers' }).press('Enter');
    await page.getByRole('region', { name: 'Layers of the compared variants' }).waitFor();
  });

  it('did all of it without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});

/** A network with branches, on real pictures: against its original, and against one that was trained. */
describe.skipIf(!hasRealData)('Compare, in depth, of ResNet-8', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio();
    const { page } = studio;
    await studio.drop(['models/mlperf-tiny/pretrainedResnet.h5', 'cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin'].map(realFile));
    await page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await runCommand(page, 'Set all middle layers to TERNARY');
    await waitMeasured(page);
    await openScreen(page, 'Compare');
  }, 3 * MEASURE_MS);
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  it('explains ten layers', async () => {
    const { page } = studio;
    const startedMs = performance.now();
    await runCommand(page, 'Explain the gap');
    await gapDialog(studio).getByText(/matters most/).waitFor({ timeout: MEASURE_MS });
    expect(await gapDialog(studio).locator('tbody tr').count()).toBe(10);
    console.log(`Ten layers of ResNet-8 on 200 images: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    await lookInBothThemes(studio, 'compare-gap-resnet');
    await page.setViewportSize({ width: 1024, height: 700 });
    await page.waitForTimeout(300);
    await studio.screenshot('compare-gap-resnet-1024');
    await page.keyboard.press('Escape');
  }, 2 * MEASURE_MS);

  it('draws both graphs with their blocks, painted by one scale', async () => {
    const { page } = studio;
    await page.getByRole('group', { name: 'Shown below' }).getByRole('button', { name: 'Graphs' }).press('Enter');
    await page.getByRole('region', { name: /^Graph of/ }).nth(1).locator('canvas.gx').waitFor();
    await page.waitForTimeout(300);
    await studio.screenshot('compare-graphs-resnet-1024');
    const overflow = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]);
    expect(overflow).toEqual([0, 0]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await lookInBothThemes(studio, 'compare-graphs-resnet');
    await page.getByRole('combobox', { name: 'Paint the graphs by' }).press('Enter');
    await page.getByRole('option', { name: 'SQNR' }).press('Enter');
    await page.getByRole('group', { name: 'Scale of sqnr' }).waitFor();
    await page.waitForTimeout(300);
    await studio.screenshot('compare-graphs-resnet-sqnr');
  });

  it('tells of a trained variant where its values part', async () => {
    const { page } = studio;
    await openScreen(page, 'Train');
    await page.getByLabel('Epochs').fill('1');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByText(/^QAT 1: [\d.]+/).waitFor({ timeout: 5 * MEASURE_MS });
    await openScreen(page, 'Compare');
    await page.getByRole('group', { name: 'Shown below' }).getByRole('button', { name: 'Layers' }).press('Enter');
    await page.getByRole('region', { name: 'Variant tree' }).getByRole('button', { name: 'Explain the gap' }).press('Enter');
    await page.getByRole('menuitemcheckbox').last().press('Enter');
    await gapDialog(studio).getByText(/Their values part/).waitFor({ timeout: MEASURE_MS });
    await lookInBothThemes(studio, 'compare-gap-trained');
    await page.keyboard.press('Escape');
    expect(studio.problems).toEqual([]);
  }, 8 * MEASURE_MS);
});
