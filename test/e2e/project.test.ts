import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { filesUnder, hasRealData, MEASURE_MS, meter, meterBytes, meterValue, openScreen, pressOnLayer, realFile, runCommand, toasts, waitMeasured } from './steps.ts';

/** Longest wait for a short training run on a slow machine. */
const TRAINING_MS = 180_000;
/** Longest time until unsaved work is kept. */
const AUTOSAVE_MS = 15_000;

interface Figures {
  readonly bytes: number;
  readonly accuracy: string;
  readonly images: string;
  readonly variants: string;
  readonly precisions: readonly string[];
}

async function precisions(page: Page): Promise<readonly string[]> {
  return page.locator('[role="radiogroup"]').evaluateAll((groups) => groups.map((group) => `${group.getAttribute('aria-label')}: ${group.querySelector('[aria-checked="true"]')?.getAttribute('aria-label')}`));
}

async function figures(page: Page): Promise<Figures> {
  await openScreen(page, 'Studio');
  const images = /measured, [\d,]+ images/.exec((await meter(page, 'Accuracy').textContent()) ?? '')?.[0] ?? 'none';
  const studio = { bytes: await meterBytes(page), accuracy: await meterValue(page, 'Accuracy'), images, precisions: (await precisions(page)).map((text) => text.replace(/, (size|accuracy|time).*$/, '')) };
  await openScreen(page, 'Compare');
  const variants = await page.getByRole('tree', { name: 'Variants' }).innerText();
  await openScreen(page, 'Studio');
  return { ...studio, variants };
}

const status = (page: Page) => page.locator('.status');
const openSample = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Open the Digits sample' }).click();
  await page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
};
const waitAllMeasured = (page: Page) => expect.poll(async () => (await meter(page, 'Accuracy').textContent()) ?? '', { timeout: MEASURE_MS }).toContain('measured, 1,000 images');

/** Work that goes on after page and machine were killed. Each step stands on the one before. */
describe('a project', () => {
  const userData = mkdtempSync(join(tmpdir(), 'bitwright-project-'));
  let studio: Studio;
  let saved: Figures;
  let layers: readonly string[] = [];
  const problems: string[] = [];
  const path = join(userData, 'projects', 'My digits.bitproj');

  const restart = async (files: readonly string[] = []): Promise<void> => {
    problems.push(...studio.problems);
    await studio.kill();
    studio = await openStudio({ userData, files });
  };

  beforeAll(async () => {
    studio = await openStudio({ userData });
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
    rmSync(userData, { recursive: true, force: true });
  });

  it('is marked as unsaved from the first edit on, and not before', async () => {
    const { page } = studio;
    await openSample(page);
    expect(await page.title()).toBe('Digits – Bitwright');
    layers = (await precisions(page)).flatMap((text) => /^Precision of ([^:]+):/.exec(text)?.[1] ?? []);
    await runCommand(page, 'Set all middle layers to XNOR');
    await expect.poll(() => page.title()).toBe('• Digits – Bitwright');
    expect(await page.locator('.doc').innerText()).toContain('Unsaved changes');
    await page.keyboard.press('Control+z');
    await expect.poll(() => page.title()).toBe('Digits – Bitwright');
    await page.keyboard.press('Control+Shift+z');
  });

  it('with a trained network is saved under a name', async () => {
    const { page } = studio;
    await openScreen(page, 'Train');
    await page.getByLabel('Epochs').fill('1');
    await page.getByLabel('Training images').fill('1000');
    await page.getByLabel('Training images').press('Tab');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByText(/^QAT 1: [\d.]+/).waitFor({ timeout: TRAINING_MS });
    await openScreen(page, 'Studio');
    await waitMeasured(page);
    await waitAllMeasured(page);
    await page.keyboard.press('Control+s');
    await page.getByRole('dialog', { name: 'Save the project' }).waitFor();
    await studio.screenshot('project-save');
    expect(await studio.accessibilityProblems()).toEqual([]);
    await page.getByLabel('Name').fill('My digits');
    await page.keyboard.press('Enter');
    await expect.poll(() => status(page).innerText(), { timeout: 10_000 }).toMatch(/Saved \d+:\d+ in My digits\.bitproj/);
    expect(await page.title()).toBe('My digits – Bitwright');
    saved = await figures(page);
    expect(saved.variants).toContain('QAT 1');
  }, TRAINING_MS + MEASURE_MS);

  it('opens from the command line after page and machine were killed: the same plan, variants and numbers, at once', async () => {
    await restart([path]);
    const { page } = studio;
    await page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    expect(await figures(page)).toEqual(saved);
    expect(await page.title()).toBe('My digits – Bitwright');
    await studio.screenshot('project-opened');
  });

  it('brings its history along: a step back has its numbers at once', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: /^History, \d+ steps/ }).click();
    const steps = page.getByRole('list', { name: 'Steps, newest first' }).getByRole('button');
    await steps.first().waitFor();
    expect((await steps.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
      expect.stringMatching(/^2 Train QAT 1 [\d.]+ KB [\d.]+ %$/) as string,
      expect.stringMatching(/^1 All middle layers to XNOR [\d.]+ KB [\d.]+ %$/) as string,
      expect.stringMatching(/^Open Digits [\d.]+ KB [\d.]+ %$/) as string,
    ]);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(300);
      await studio.screenshot(`project-history-${colorScheme}`);
    }
    expect(await studio.accessibilityProblems()).toEqual([]);
    await steps.nth(2).click();
    expect(await meter(page, 'Accuracy').textContent()).toMatch(/measured, [\d,]+ images/);
    await steps.first().click();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.title()).toBe('My digits – Bitwright');
  });

  it('trains and measures on from its drawn pictures, which are drawn again', async () => {
    const { page } = studio;
    await expect.poll(() => status(page).innerText(), { timeout: MEASURE_MS }).not.toContain('files not found');
    const { nextFrame } = await pressOnLayer(page, layers[1]!, '4');
    expect(nextFrame).not.toBe('');
    await waitMeasured(page);
    expect(await page.title()).toBe('• My digits – Bitwright');
  });

  it('keeps what is not saved, and offers it after both were killed', async () => {
    const { page } = studio;
    await waitAllMeasured(page);
    const before = await figures(page);
    await expect.poll(() => status(page).innerText(), { timeout: AUTOSAVE_MS }).toMatch(/Autosaved \d+:\d+/);
    // What was measured last is kept too, at the latest after some seconds.
    await page.waitForTimeout(6000);
    await restart();
    const note = studio.page.getByRole('group', { name: 'Unsaved work of My digits' });
    await note.waitFor({ timeout: 10_000 });
    expect(await note.innerText()).toMatch(/My digits was not saved, today, \d+:\d+\./);
    for (const colorScheme of ['dark', 'light'] as const) {
      await studio.page.emulateMedia({ colorScheme });
      await studio.page.waitForTimeout(300);
      await studio.screenshot(`project-recover-${colorScheme}`);
    }
    expect(await studio.accessibilityProblems()).toEqual([]);
    await note.getByRole('button', { name: 'Recover it' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    expect(await figures(studio.page)).toEqual(before);
    expect(await studio.page.title()).toBe('• My digits – Bitwright');
  }, 2 * MEASURE_MS);

  it('brings back a training run that was cut off, to go on from its checkpoint', async () => {
    const { page } = studio;
    await openScreen(page, 'Train');
    await page.getByLabel('Epochs').fill('90');
    await page.getByLabel('Training images').fill('1000');
    await page.getByLabel('Training images').press('Tab');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByText(/Checkpoint of epoch [1-9]/).waitFor({ timeout: TRAINING_MS });
    await page.waitForTimeout(6000);
    await restart();
    await studio.page.getByRole('group', { name: /^Unsaved work of/ }).getByRole('button', { name: 'Recover it' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await openScreen(studio.page, 'Train');
    expect(await studio.page.getByLabel('Epochs').inputValue()).toBe('90');
    await studio.page.getByRole('button', { name: 'Take it up' }).click();
    await expect.poll(() => studio.page.getByRole('region', { name: 'Run', exact: true }).innerText(), { timeout: MEASURE_MS }).toMatch(/Checkpoint of epoch [1-9]/);
    expect(await studio.page.getByRole('region', { name: 'Run', exact: true }).innerText()).toContain('QAT 2');
  }, TRAINING_MS + MEASURE_MS);

  it('asks before unsaved work goes, and keeps it where a person stays', async () => {
    const { page } = studio;
    await runCommand(page, 'Open the offline sample');
    const question = page.getByRole('dialog', { name: 'Save My digits first?' });
    await question.waitFor({ timeout: MEASURE_MS });
    await studio.screenshot('project-leave');
    expect(await studio.accessibilityProblems()).toEqual([]);
    await question.getByRole('button', { name: 'Keep working' }).click();
    expect(await page.title()).toBe('• My digits – Bitwright');
    await runCommand(page, 'Open the offline sample');
    await question.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => page.title(), { timeout: MEASURE_MS }).toBe('Digits – Bitwright');
    await expect.poll(() => filesUnder(join(userData, 'journals'))).toEqual([]);
  }, 2 * MEASURE_MS);

  it('stands among the recent files, and opens from there as it was saved last', async () => {
    const { page } = studio;
    await runCommand(page, 'Start page');
    await studio.screenshot('project-recents');
    await page.getByRole('table', { name: 'Recent files' }).getByRole('button', { name: 'My digits.bitproj' }).click();
    await expect.poll(() => page.title(), { timeout: MEASURE_MS }).toBe('My digits – Bitwright');
    expect((await precisions(page)).join()).toMatch(/TERNARY/);
    expect(filesUnder(join(userData, 'projects'))).toEqual([path]);
  });

  it('may be left without saving, and is one press away until the window closes', async () => {
    const { page } = studio;
    await pressOnLayer(page, layers[2]!, '2');
    const bytes = await meterBytes(page);
    await runCommand(page, 'Open the offline sample');
    await page.getByRole('dialog', { name: 'Save My digits first?' }).getByRole('button', { name: 'Discard changes' }).click({ timeout: MEASURE_MS });
    await expect.poll(() => page.title(), { timeout: MEASURE_MS }).toBe('Digits – Bitwright');
    // The newest offer stands first; an earlier one is of an earlier state.
    await toasts(page).getByRole('button', { name: 'Back to My digits' }).first().click();
    await expect.poll(() => page.title()).toBe('• My digits – Bitwright');
    expect(await meterBytes(page)).toBe(bytes);
    await page.keyboard.press('Control+z');
    await expect.poll(() => page.title()).toBe('My digits – Bitwright');
  }, 2 * MEASURE_MS);

  it('that is damaged is refused with a sentence, and what was open stays open', async () => {
    const { page } = studio;
    const bent = join(userData, 'bent.bitproj');
    writeFileSync(bent, readFileSync(path).subarray(0, -100));
    await studio.drop([bent]);
    await toasts(page).filter({ hasText: /bent\.bitproj cannot be read/ }).waitFor({ timeout: MEASURE_MS });
    expect(await page.title()).toBe('My digits – Bitwright');
  });

  it('all of it without a policy violation, a console error or a failed request', () => {
    // The page of a machine that was killed loses its socket: that it says so is right.
    expect([...problems, ...studio.problems].filter((problem) => !problem.includes('WebSocket'))).toEqual([]);
  });
});

/** The pictures are no part of a project: the machine finds them where they were, or a person is asked. */
describe.skipIf(!hasRealData)('a project with a data set of files', () => {
  const userData = mkdtempSync(join(tmpdir(), 'bitwright-project-'));
  const folder = join(userData, 'mine');
  const pictures = join(folder, 'test_batch.bin');
  const project = join(userData, 'projects', 'pretrainedResnet.bitproj');
  let studio: Studio;
  let accuracy = '';

  beforeAll(async () => {
    mkdirSync(folder);
    copyFileSync(realFile('cifar10-jpeg/lossless_test_ic01_200.bin'), pictures);
    studio = await openStudio({ userData, files: [realFile('models/mlperf-tiny/pretrainedResnet.h5'), pictures] });
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
    rmSync(userData, { recursive: true, force: true });
  });

  const reopen = async (): Promise<void> => {
    await studio.kill();
    studio = await openStudio({ userData, files: [project] });
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
  };

  it('finds it where it was, and measures a new plan on it', async () => {
    await waitMeasured(studio.page);
    expect(await studio.page.title(), 'a network and its pictures opened together are no changes').toBe('pretrainedResnet – Bitwright');
    await runCommand(studio.page, 'Set all middle layers to INT8');
    await waitMeasured(studio.page);
    accuracy = await meterValue(studio.page, 'Accuracy');
    await studio.page.keyboard.press('Control+s');
    await studio.page.getByLabel('Name').press('Enter');
    await expect.poll(() => status(studio.page).innerText(), { timeout: 10_000 }).toContain('in pretrainedResnet.bitproj');
    await reopen();
    expect(await meterValue(studio.page, 'Accuracy')).toBe(accuracy);
    await runCommand(studio.page, 'Set all middle layers to INT4');
    await waitMeasured(studio.page);
    expect(await toasts(studio.page).count()).toBe(0);
  }, 3 * MEASURE_MS);

  it('opens with its results where it is gone, asks for it by name, and goes on when it is back', async () => {
    const moved = join(userData, 'elsewhere', 'test_batch.bin');
    mkdirSync(join(userData, 'elsewhere'));
    renameSync(pictures, moved);
    await reopen();
    const { page } = studio;
    const asked = toasts(page).filter({ hasText: 'is not where it was' });
    await asked.waitFor({ timeout: MEASURE_MS });
    expect(await asked.innerText()).toContain('test_batch.bin');
    expect(await meterValue(page, 'Accuracy')).toBe(accuracy);
    expect(await status(page).innerText()).toContain('files not found');
    await runCommand(page, 'Set all middle layers to TERNARY');
    await studio.screenshot('project-data-missing');
    await page.waitForTimeout(500);
    expect(await meter(page, 'Accuracy').innerText()).toContain('data not found');
    await studio.drop([moved]);
    await waitMeasured(page);
    expect(await status(page).innerText()).not.toContain('files not found');
    await page.keyboard.press('Control+z');
    expect(await meterValue(page, 'Accuracy')).toBe(accuracy);
  }, 3 * MEASURE_MS);

  it('says so when other pictures are opened than those that the results are of', async () => {
    await reopen();
    await toasts(studio.page).filter({ hasText: 'is not where it was' }).waitFor({ timeout: MEASURE_MS });
    await studio.drop([realFile('cifar10-jpeg/lossless_train_first4000.bin')]);
    await toasts(studio.page).filter({ hasText: 'not the pictures that the results were measured on' }).waitFor({ timeout: MEASURE_MS });
  }, 2 * MEASURE_MS);
});

/** A tab that lost its machine, or never had one: the browser stands in for it. */
describe('a project in a page without a machine', () => {
  let studio: Studio;
  let page: Page;
  beforeAll(async () => {
    studio = await openStudio();
    page = await studio.page.context().newPage();
    await page.goto(new URL('/', studio.page.url()).href);
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  it('is kept by the browser, and recovered in another tab when the first has gone', async () => {
    await openSample(page);
    await runCommand(page, 'Set all middle layers to INT4');
    const bytes = await meterBytes(page);
    await expect.poll(() => status(page).innerText(), { timeout: AUTOSAVE_MS }).toMatch(/Autosaved/);
    const second = await page.context().newPage();
    await second.goto(page.url());
    await second.waitForTimeout(2500);
    expect(await second.getByRole('group', { name: /^Unsaved work/ }).count(), 'a tab that is open keeps its own').toBe(0);
    await page.close();
    page = second;
    await page.reload();
    await page.getByRole('group', { name: 'Unsaved work of Digits' }).getByRole('button', { name: 'Recover it' }).click();
    await page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    expect(await meterBytes(page)).toBe(bytes);
  }, 2 * MEASURE_MS);

  it('is saved as a download, which opens again', async () => {
    await page.keyboard.press('Control+s');
    const waits = page.waitForEvent('download');
    await page.getByLabel('Name').press('Enter');
    const download = await waits;
    expect(download.suggestedFilename()).toBe('Digits.bitproj');
    const path = join(studio.userData, 'Digits.bitproj');
    await download.saveAs(path);
    await expect.poll(() => page.title()).toBe('Digits – Bitwright');
    const bytes = await meterBytes(page);
    await studio.drop([path]);
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    expect(await meterBytes(studio.page)).toBe(bytes);
  }, 2 * MEASURE_MS);
});
