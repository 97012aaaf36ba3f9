import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { hasRealData, MEASURE_MS, meter, meterBytes, meterValue, realFile } from './steps.ts';

/** Longest wait for a scan, a search or a short training on a machine that others use too. */
const LONG_MS = 400_000;
const MOST_TABS = 250;
const BUDGET_KB = 40;

interface Walk {
  readonly title: string;
  readonly project: string;
  /** Opens network and data by keys alone; a file dialog is the system's and answers with the files. */
  open(page: Page): Promise<void>;
  readonly training: { readonly epochs: string; readonly images: string };
  /** What compressing to the budget may cost at most, in points, before training. */
  readonly mostLost: number;
}

const keys = async (page: Page, ...presses: readonly string[]): Promise<void> => {
  for (const press of presses) await page.keyboard.press(press);
};

async function command(page: Page, title: string): Promise<void> {
  await page.keyboard.press('Control+Shift+P');
  // No person types within the frame in which the palette takes the keyboard.
  await expect.poll(() => focusedName(page)).toMatch(/commands/i);
  await page.keyboard.type(title);
  await page.keyboard.press('Enter');
}

async function answerFileDialog(page: Page, shortcut: string, files: readonly string[]): Promise<void> {
  const dialog = page.waitForEvent('filechooser');
  // The browser has been told that the dialog is answered here.
  await page.evaluate(() => new Promise((frame) => requestAnimationFrame(frame)));
  await page.keyboard.press(shortcut);
  await (await dialog).setFiles(files.map(realFile));
}

/** What has the keyboard, as a screen reader names it. */
const focusedName = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement & { labels?: NodeListOf<HTMLLabelElement> | null };
    const labelled = element.getAttribute('aria-labelledby');
    const named = labelled ? document.getElementById(labelled)?.innerText : null;
    return (element.getAttribute('aria-label') ?? named ?? element.labels?.[0]?.innerText ?? element.innerText ?? '').trim();
  });

/** Tab until something of this name has the keyboard: what cannot be reached so is not there for a keyboard. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    if (name.test(await focusedName(page))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${MOST_TABS} presses of Tab do not lead to ${name}.`);
}

const heading = (page: Page, name: string): Promise<void> => page.getByRole('heading', { level: 1, name }).waitFor();

const WALKS: readonly Walk[] = [
  {
    title: 'the offline sample',
    project: 'Walked digits',
    open: (page) => command(page, 'Open the offline sample'),
    training: { epochs: '2', images: '2000' },
    mostLost: 5,
  },
  {
    title: 'ResNet-8',
    project: 'Walked ResNet',
    open: async (page) => {
      await answerFileDialog(page, 'Control+O', ['models/mlperf-tiny/pretrainedResnet.h5']);
      await page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
      await answerFileDialog(page, 'Control+D', ['cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin']);
    },
    training: { epochs: '1', images: '1000' },
    mostLost: 20,
  },
];

/** No pointer at all: a network is opened, compressed to a budget, trained, compared, taken back, saved, lost and found again. */
describe.each(WALKS.filter(({ title }) => hasRealData || title !== 'ResNet-8'))('by keys alone, $title', ({ project, open, training, mostLost }) => {
  const userData = mkdtempSync(join(tmpdir(), 'bitwright-walk-'));
  let studio: Studio;
  const problems: string[] = [];
  const startedMs = Date.now();
  const times: string[] = [];
  const passed = (what: string): void => void times.push(`${what} ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  /** What the plan of the budget weighs and answers. */
  let planned = { bytes: 0, accuracy: '' };
  let saved = { bytes: 0, accuracy: '', variants: '' };

  afterAll(async () => {
    await studio.close();
    await closeBrowser();
    rmSync(userData, { recursive: true, force: true });
    console.log(`${project}: ${times.join(', ')}`);
  });

  const variantsText = async (page: Page): Promise<string> => {
    await page.keyboard.press('Alt+4');
    await heading(page, 'Compare');
    return page.getByRole('tree', { name: 'Variants' }).innerText();
  };

  it('opens and is scanned', async () => {
    studio = await openStudio({ userData });
    const { page } = studio;
    await page.waitForLoadState('networkidle');
    await open(page);
    await page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    passed('open');
    await keys(page, 'Alt+2');
    await heading(page, 'Analyse');
    await page.getByText(/(\d+) of \1 cells, complete/).waitFor({ timeout: LONG_MS });
    passed('scanned');
  }, LONG_MS + 2 * MEASURE_MS);

  it(`is solved for ${BUDGET_KB} KB and the plan becomes a variant`, async () => {
    const { page } = studio;
    const float = Number(await meterValue(page, 'Accuracy'));
    await tabTo(page, /^Size at most, KB/);
    await keys(page, 'Control+A');
    await page.keyboard.type(String(BUDGET_KB));
    await keys(page, 'Enter');
    const chosen = page.getByRole('region', { name: 'Plans', exact: true }).getByRole('row').filter({ hasText: 'chosen' });
    await expect.poll(async () => ((await chosen.count()) === 1 ? Number(/([\d.]+)\sKB/.exec(await chosen.innerText())?.[1]) : Number.NaN), { timeout: LONG_MS }).toBeLessThanOrEqual(BUDGET_KB);
    // Once it is measured, and none that is still measured takes its place.
    await expect.poll(async () => /(\d+) of (\d+) measured/.exec(await page.getByRole('region', { name: 'Plans', exact: true }).innerText())?.slice(1).map(Number), { timeout: LONG_MS }).toSatisfy((counts: number[] | undefined) => counts !== undefined && counts[0] === counts[1]);
    passed('solved');
    await tabTo(page, /^Take this plan$/);
    await keys(page, 'Enter');
    await expect.poll(() => meterBytes(page)).toBeLessThanOrEqual(BUDGET_KB * 1000);
    await expect.poll(() => meter(page, 'Accuracy').textContent(), { timeout: MEASURE_MS }).toMatch(/measured, [\d,]+ images/);
    planned = { bytes: await meterBytes(page), accuracy: await meterValue(page, 'Accuracy') };
    expect(Number(planned.accuracy)).toBeGreaterThan(float - mostLost);
    expect(await page.locator('.doc').innerText()).toMatch(/Plan [\d.]+\sKB/);
  }, 3 * LONG_MS);

  it('is branched, edited and trained', async () => {
    const { page } = studio;
    await command(page, 'New variant from this one');
    await keys(page, 'Alt+1');
    await heading(page, 'Studio');
    // The table is one stop of Tab; arrows lead to a layer, a digit sets it, and once more the other way.
    const bytes = await meterBytes(page);
    while ((await page.evaluate(() => document.activeElement?.closest('[role="treegrid"]') ?? null)) === null) await keys(page, 'Tab');
    await keys(page, 'Home', 'ArrowDown', 'ArrowDown', '6');
    expect(await meterBytes(page)).not.toBe(bytes);
    await keys(page, 'Control+z');
    expect(await meterBytes(page)).toBe(bytes);
    await keys(page, 'Alt+3');
    await heading(page, 'Train');
    for (const [label, value] of [['Epochs', training.epochs], ['Training images', training.images]] as const) {
      await tabTo(page, new RegExp(`^${label}`));
      await keys(page, 'Control+A');
      await page.keyboard.type(value);
    }
    await tabTo(page, /^Train$/);
    // The link of the workspace has the same name: the button stands in the run's header.
    while ((await page.evaluate(() => document.activeElement?.tagName)) !== 'BUTTON') {
      await keys(page, 'Tab');
      await tabTo(page, /^Train$/);
    }
    await keys(page, 'Enter');
    await page.getByText(/^QAT 1: [\d.]+/).waitFor({ timeout: LONG_MS });
    await expect.poll(() => meter(page, 'Accuracy').textContent(), { timeout: MEASURE_MS }).toMatch(/measured, [\d,]+ images/);
    passed('trained');
  }, LONG_MS + 2 * MEASURE_MS);

  it('is compared with what it came from', async () => {
    const { page } = studio;
    expect(await variantsText(page)).toContain('QAT 1');
    await expect.poll(() => page.getByRole('region', { name: 'Flips' }).innerText(), { timeout: LONG_MS }).toMatch(/McNemar p/);
    expect(await studio.accessibilityProblems()).toEqual([]);
    passed('compared');
  }, LONG_MS);

  it('goes back to the measured plan with its numbers in the next frame', async () => {
    const { page } = studio;
    await keys(page, 'Alt+1');
    await heading(page, 'Studio');
    let presses = 0;
    while ((await meterBytes(page)) !== planned.bytes || (await meterValue(page, 'Accuracy')) !== planned.accuracy) {
      expect(presses++, 'presses of Undo').toBeLessThan(6);
      await keys(page, 'Control+z');
      await page.evaluate(() => new Promise((frame) => requestAnimationFrame(frame)));
      expect(await meter(page, 'Accuracy').textContent()).toMatch(/measured, [\d,]+ images/);
    }
    for (let i = 0; i < presses; i++) await keys(page, 'Control+Shift+z');
    passed('undone and redone');
  });

  it('is saved, and nothing is lost when page and machine are killed', async () => {
    const { page } = studio;
    await expect.poll(() => meter(page, 'Accuracy').textContent(), { timeout: MEASURE_MS }).toMatch(/measured, [\d,]+ images/);
    const variants = await variantsText(page);
    await keys(page, 'Control+s');
    await page.getByRole('dialog', { name: 'Save the project' }).waitFor();
    // Before the field has the keyboard, nothing in it is chosen.
    await expect.poll(() => focusedName(page)).toBe('Name');
    await keys(page, 'Control+A');
    await page.keyboard.type(project);
    await keys(page, 'Enter');
    await expect.poll(() => page.locator('.status').innerText(), { timeout: 10_000 }).toMatch(/Saved \d+:\d+ in /);
    saved = { bytes: await meterBytes(page), accuracy: await meterValue(page, 'Accuracy'), variants };
    passed('saved');
    problems.push(...studio.problems);
    await studio.kill();
    studio = await openStudio({ userData });
    await studio.page.waitForLoadState('networkidle');
    await tabTo(studio.page, new RegExp(`^${project}\\.bitproj$`));
    await keys(studio.page, 'Enter');
    await expect.poll(() => studio.page.title(), { timeout: MEASURE_MS }).toBe(`${project} – Bitwright`);
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    expect({ bytes: await meterBytes(studio.page), accuracy: await meterValue(studio.page, 'Accuracy'), variants: await variantsText(studio.page) }).toEqual(saved);
    passed('reopened');
  }, 3 * MEASURE_MS);

  it('without a policy violation, a console error or a failed request', () => expect([...problems, ...studio.problems]).toEqual([]));
});
