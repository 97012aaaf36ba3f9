import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { MEASURE_MS, openScreen, runCommand } from './steps.ts';

/** Longest wait for some epochs of the sample on a slow machine. */
const TRAINING_MS = 180_000;

/** A run as a person handles it: watched, paused, changed, continued, cancelled. Each step stands on the one before. */
describe('a training run in the studio', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio();
    await studio.page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await runCommand(studio.page, 'Set all middle layers to XNOR');
    await openScreen(studio.page, 'Train');
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  const header = () => studio.page.getByRole('region', { name: 'Run', exact: true });
  const stepNow = async () => Number((/step ([\d,]+) of/.exec(await header().innerText())?.[1] ?? '0').replaceAll(',', ''));
  const threadsRunning = () => studio.page.workers().filter((worker) => worker.url().includes('kernel-thread')).length;

  it('runs on the threads that the machine has, and says so', async () => {
    const { page } = studio;
    await page.getByLabel('Epochs').fill('6');
    await page.getByLabel('Training images').fill('2000');
    await page.getByLabel('Training images').press('Tab');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    const wanted = await page.evaluate(() => navigator.hardwareConcurrency);
    await expect.poll(() => header().innerText(), { timeout: TRAINING_MS }).toMatch(wanted >= 2 ? new RegExp(`on WebAssembly.*, ${wanted} threads`) : /1 thread/);
    // Software that pretends to be a graphics processor is none.
    expect(await header().innerText()).not.toMatch(/swiftshader|llvmpipe/i);
  }, TRAINING_MS);

  it('pauses with a checkpoint, and shows its curves, its rate and each layer', async () => {
    const { page } = studio;
    await expect.poll(stepNow, { timeout: TRAINING_MS }).toBeGreaterThan(40);
    await studio.screenshot('training-runs');
    await header().getByRole('button', { name: 'Pause' }).click();
    await header().getByText('Paused', { exact: true }).waitFor({ timeout: 5000 });
    expect(await header().innerText()).toMatch(/Checkpoint of epoch \d+, step [\d,]+, kept at/);
    expect(await page.locator('.recharts-line-curve').count()).toBe(5);
    expect(await page.getByRole('table', { name: 'Health of each layer' }).locator('.spark').count()).toBeGreaterThan(4);
    expect(await studio.accessibilityProblems()).toEqual([]);
    await studio.screenshot('training-paused');
  }, TRAINING_MS);

  it('may change what does not mix training and validation images, and goes on from where it was', async () => {
    const { page } = studio;
    const paused = await stepNow();
    expect(await page.getByLabel('Held out').isDisabled()).toBe(true);
    await page.getByLabel('Learning rate').fill('1e-3');
    await page.getByLabel('Learning rate').press('Tab');
    await page.getByLabel('Epochs').fill('4');
    await page.getByLabel('Epochs').press('Tab');
    await page.getByRole('checkbox', { name: /^Freeze .*conv3$/ }).check();
    await expect.poll(() => header().innerText()).toMatch(/Epochs 6 → 4\s+Learning rate 0.003 → 0.001\s+conv3 frozen/);
    await studio.screenshot('training-changed');
    await header().getByRole('button', { name: 'Continue' }).click();
    await expect.poll(stepNow, { timeout: TRAINING_MS }).toBeGreaterThan(paused);
    await page.locator('.plot-mark').first().waitFor({ timeout: TRAINING_MS });
    expect(await page.locator('.plot-mark').first().getAttribute('title')).toContain('Learning rate 0.003 → 0.001');
    await studio.screenshot('training-continued');
  }, TRAINING_MS);

  it('comes back after the studio itself has gone, with its recipe and its precisions', async () => {
    const { page } = studio;
    await page.reload();
    await page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await openScreen(page, 'Train');
    await page.getByRole('button', { name: 'Take it up' }).waitFor({ timeout: 10_000 });
    await studio.screenshot('training-interrupted');
    await page.getByRole('button', { name: 'Take it up' }).click();
    await header().getByText('Paused', { exact: true }).waitFor();
    expect(await page.getByLabel('Learning rate').inputValue()).toBe('1e-3');
    await header().getByRole('button', { name: 'Continue' }).click();
    await expect.poll(stepNow, { timeout: TRAINING_MS }).toBeGreaterThan(40);
    await page.locator('.plot-mark').first().waitFor({ timeout: TRAINING_MS });
  }, TRAINING_MS + MEASURE_MS);

  it('ends within two seconds when it is cancelled, with no thread left behind, and can still be resumed', async () => {
    const { page } = studio;
    const lane = await laneWorkers();
    await header().getByRole('button', { name: 'Cancel' }).click();
    const stop = page.getByRole('button', { name: 'Stop', exact: true });
    await stop.click({ timeout: 1000 }).catch(() => undefined);
    const startedMs = Date.now();
    await page.getByText(/was cancelled/).waitFor({ timeout: 4000 });
    expect(Date.now() - startedMs).toBeLessThan(3000);
    // The lane's worker may stay for the next run, with the threads that belong to it: never more.
    expect(await laneWorkers()).toBeLessThanOrEqual(lane);
    expect(threadsRunning()).toBeLessThanOrEqual(Math.max(0, (await page.evaluate(() => navigator.hardwareConcurrency)) - 1));
    await header().getByRole('button', { name: 'Resume from checkpoint' }).click();
    await page.getByText(/^QAT 1: [\d.]+/).waitFor({ timeout: TRAINING_MS });
    await studio.screenshot('training-finished');
    expect(threadsRunning()).toBeLessThanOrEqual(Math.max(0, (await page.evaluate(() => navigator.hardwareConcurrency)) - 1));
  }, TRAINING_MS);

  const laneWorkers = () => Promise.resolve(studio.page.workers().filter((worker) => worker.url().includes('jobs.worker')).length);

  it('did all of it without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});
