import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { filesUnder, MEASURE_MS, openScreen, runCommand, waitMeasured } from './steps.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

/** What the wizard says before anything is written, and whether it is so. */
describe('the export wizard', () => {
  let studio: Studio;
  const go = (step: string) => studio.page.locator('.wiz-f').getByRole('button', { name: step }).click();
  const row = (target: string) => studio.page.locator('.tgt', { has: studio.page.locator(`input[value="${target}"]`) });
  beforeAll(async () => {
    studio = await openStudio();
    await studio.page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await waitMeasured(studio.page);
    await runCommand(studio.page, 'Set all middle layers to XNOR');
    await waitMeasured(studio.page);
    await openScreen(studio.page, 'Export');
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  it('says of every target what it makes of the plan, its size and its answers, before a choice', async () => {
    await expect.poll(() => studio.page.locator('.tgt .num').allInnerTexts(), { timeout: MEASURE_MS }).not.toContain('–');
    expect(await row('bitw').innerText()).toContain('The same answers: 0 points');
    expect(plain(await row('tflite').innerText())).toMatch(/\+[\d.]+ KB against packed/);
    expect(plain(await row('tflite').innerText())).toContain('At least 95 % of the answers the same');
    await studio.screenshot('export-wizard-target');
  });

  it('says what fits which board, with code and memory where the target brings them, and keeps a board of one’s own', async () => {
    const { page } = studio;
    await page.locator('input[value="c99"]').check();
    await go('Fit');
    await page.getByText(/Flash holds .* of constants and .* of code/).waitFor();
    await page.getByLabel('Name of a board').fill('Tiny');
    await page.getByLabel('Flash in KiB').fill('8');
    await page.getByLabel('RAM in KiB').fill('4');
    await page.getByRole('button', { name: 'Add' }).click();
    expect(plain(await page.getByRole('row', { name: /Tiny/ }).innerText())).toMatch(/flash short, [\d.]+ KiB RAM short/);
    expect(await page.getByRole('img', { name: /Memory over \d+ steps; it peaks at/ }).isVisible()).toBe(true);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await studio.screenshot(`export-wizard-fit-${colorScheme}`);
    }
    await page.getByRole('button', { name: 'Remove nRF52832' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await waitMeasured(page);
    await runCommand(page, 'Set all middle layers to XNOR');
    await waitMeasured(page);
    await openScreen(page, 'Export');
    await go('Fit');
    expect([await page.getByRole('row', { name: /Tiny/ }).count(), await page.getByRole('row', { name: /nRF52832/ }).count()]).toEqual([1, 0]);
    await page.getByRole('button', { name: 'Common boards' }).click();
    expect(await page.getByRole('row', { name: /Tiny/ }).count()).toBe(0);
  });

  it('writes the files that it listed, each of the size that it said', async () => {
    const { page } = studio;
    await go('Contents');
    await page.getByLabel('Report').check();
    await page.locator('.exp-side .files').getByText(/\.html$/).waitFor({ timeout: MEASURE_MS });
    await studio.screenshot('export-wizard-contents');
    await go('Proof');
    await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
    await go('Package');
    await page.locator('.exp-side .files').getByText('README.md').waitFor({ timeout: MEASURE_MS });
    const said = await page.locator('.exp-side .files li').evaluateAll((items) => items.map((item) => [item.querySelector('.trunc')?.textContent ?? '', item.querySelector('.num')?.getAttribute('title') ?? '']));
    await page.getByRole('button', { name: /^Write package/ }).click();
    await page.getByText(/^Written to/).first().waitFor();
    const [packed] = filesUnder(studio.userData).filter((path) => path.endsWith('.bitw'));
    const folder = dirname(packed);
    const written = new Map(filesUnder(folder).map((path) => [path.slice(folder.length + 1), readFileSync(path).length]));
    expect([...written.keys()].toSorted()).toEqual(said.map(([path]) => path).toSorted());
    expect(said.map(([path]) => path)).toEqual(expect.arrayContaining([basename(packed), 'README.md', 'vectors/inputs.npy', 'vectors/golden.npy']));
    for (const [path, title] of said) if (title !== '') expect([path, Number(title.replace(/[^0-9]/g, ''))]).toEqual([path, written.get(path)]);
    const readme = readFileSync(`${folder}/README.md`, 'utf8');
    expect(readme).toMatch(/256 of 256 answers are the same; every stored number of all 5 layers is the same/);
    expect(readme).toMatch(/- Accuracy: [\d.]+ % right answers, \d+ of \d+ samples/);
  });

  it('did all of it without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});
