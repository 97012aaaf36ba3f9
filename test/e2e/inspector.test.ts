import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { hasRealData, layerRow, MEASURE_MS, meterBytes, pressOnLayer, realFile, runCommand, waitMeasured } from './steps.ts';

const FILES = ['models/mlperf-tiny/pretrainedResnet.h5', 'cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin'];
const TRIAL_MS = 120_000;
const SIZES = [
  { name: '1440', viewport: { width: 1440, height: 900 } },
  { name: '1024', viewport: { width: 1024, height: 700 } },
] as const;

const inspectorOf = (studio: Studio) => studio.page.getByRole('region', { name: 'Inspector' });
const sectionOf = (studio: Studio, title: string) => inspectorOf(studio).locator('.sect').filter({ has: studio.page.getByRole('heading', { name: title, exact: true }) });
const stripOf = (studio: Studio) => inspectorOf(studio).getByRole('slider', { name: /by output channel/ });

/** The inspector in both themes and widths, from its top and from its end; returns what axe finds. */
async function look(studio: Studio, name: string): Promise<readonly string[]> {
  const { page } = studio;
  const found: string[] = [];
  for (const size of SIZES) {
    await page.setViewportSize(size.viewport);
    for (const theme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      for (const [end, at] of [['top', 0], ['end', 1e6]] as const) {
        await inspectorOf(studio).locator('.pane-b').evaluate((pane, to) => pane.scrollTo(0, to), at);
        await page.waitForTimeout(300);
        await studio.screenshot(`inspector-${name}-${end}-${size.name}-${theme}`);
      }
      found.push(...(await studio.accessibilityProblems()).map((problem) => `${size.name} ${theme}: ${problem}`));
    }
    const inner = await inspectorOf(studio).locator('.pane-b').evaluate((pane) => pane.scrollWidth - pane.clientWidth);
    expect(inner, `${name} at ${size.name}: nothing is wider than the pane`).toBe(0);
  }
  await page.setViewportSize(SIZES[0].viewport);
  return found;
}

/** Tries the fixes of the focused layer and waits for all of them. */
async function tryThem(studio: Studio): Promise<readonly string[]> {
  const causes = sectionOf(studio, 'Why it hurts');
  await causes.getByRole('button', { name: /^Try (it|them) on/ }).click({ timeout: MEASURE_MS });
  await causes.getByText(/^Fixes tried on [\d,]+ (training|test) images/).waitFor({ timeout: TRIAL_MS });
  return causes.locator('.fix').allInnerTexts();
}

describe.skipIf(!hasRealData)('the inspector on ResNet-8', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio({ colorScheme: 'dark' });
    await studio.drop(FILES.map(realFile));
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await runCommand(studio.page, 'Set all middle layers to TERNARY');
    await waitMeasured(studio.page);
  }, 2 * MEASURE_MS);
  afterAll(() => studio.close());

  it('shows the channel with the least signal alone, by key, and all again', async () => {
    const { page } = studio;
    await layerRow(page, 'conv2d_7').getByRole('gridcell').first().click();
    await stripOf(studio).waitFor({ timeout: MEASURE_MS });
    expect(await stripOf(studio).getAttribute('aria-valuetext')).toMatch(/^64 channels, the worst: \d+ with [\d.]+\u00a0dB$/);
    await stripOf(studio).focus();
    await page.keyboard.press('ArrowRight');
    const heading = inspectorOf(studio).getByRole('heading', { name: /^Weights of channel \d+$/ });
    await heading.waitFor();
    expect(await stripOf(studio).getAttribute('aria-valuetext')).toMatch(/, the worst(; output|$)/);
    expect(await heading.innerText()).toBe(`Weights of channel ${await stripOf(studio).getAttribute('aria-valuenow')}`);
    await page.keyboard.press('Home');
    await inspectorOf(studio).getByRole('heading', { name: 'Weights of channel 0' }).waitFor();
    await studio.screenshot('inspector-channel');
    await page.keyboard.press('Escape');
    await inspectorOf(studio).getByRole('heading', { name: 'Weights', exact: true }).waitFor();
  });

  it('takes less than 8 ms of the page for a step along the channels', async () => {
    const took = await stripOf(studio).evaluate(async (strip) => {
      const times: number[] = [];
      for (let step = 0; step < 40; step++) {
        const before = performance.now();
        strip.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }));
        // The page is drawn anew in microtasks behind the event.
        for (let turn = 0; turn < 4; turn++) await Promise.resolve();
        times.push(performance.now() - before);
        await new Promise((frame) => requestAnimationFrame(frame));
      }
      return times;
    });
    const median = took.toSorted((a, b) => a - b)[20];
    console.log(`A step along the channels takes ${median.toFixed(1)} ms, at most ${Math.max(...took).toFixed(1)} ms.`);
    expect(median).toBeLessThan(8);
    await stripOf(studio).press('Escape');
  });

  it('redraws grid and thresholds as an option changes', async () => {
    const weights = sectionOf(studio, 'Weights');
    const before = await weights.locator('.sect-h .dim').innerText();
    const slider = inspectorOf(studio).getByRole('slider', { name: 'Zero threshold' });
    await slider.fill('0.9');
    await expect.poll(() => weights.locator('.sect-h .dim').innerText(), { timeout: MEASURE_MS }).not.toBe(before);
    const share = (text: string): number => Number(/zero ([\d.]+)/.exec(text)?.[1]);
    expect(share(await weights.locator('.sect-h .dim').innerText())).toBeGreaterThan(share(before) + 3);
    await studio.page.keyboard.press('Control+z');
    await expect.poll(() => weights.locator('.sect-h .dim').innerText(), { timeout: MEASURE_MS }).toBe(before);
  });

  it('says why the layer hurts, with the noise of its result', async () => {
    const causes = sectionOf(studio, 'Why it hurts');
    await causes.getByText('Rounding error of the weights').waitFor({ timeout: MEASURE_MS });
    expect(await sectionOf(studio, 'Signal to noise').innerText()).toMatch(/weights [\d.]+, output [\d.]+\u00a0dB at TERNARY/);
    expect(await causes.getByRole('button', { name: /^Apply/ }).count(), 'nothing can be applied before it is measured').toBe(0);
    expect(await causes.locator('.fix').first().innerText()).toContain('not tried');
  });

  it('tries fixes, and applies one of which the gain is measured', async () => {
    const { page } = studio;
    await waitMeasured(page);
    const startedMs = Date.now();
    const fixes = await tryThem(studio);
    console.log(`${fixes.length} fixes tried on 1,000 images in ${((Date.now() - startedMs) / 1000).toFixed(1)} s:\n${fixes.map((fix) => fix.replaceAll('\n', ' | ')).join('\n')}`);
    const up = fixes.find((fix) => fix.startsWith('Raise to INT4'));
    expect(up).toMatch(/\+\d\.\d\d\u00a0KB.*KL ▼ −[\d.]+ ±[\d.]+/s);
    expect(await look(studio, 'resnet')).toEqual([]);
    const before = await meterBytes(page);
    await sectionOf(studio, 'Why it hurts').getByRole('button', { name: 'Apply: Raise to INT4' }).click();
    await expect.poll(() => meterBytes(page)).toBeGreaterThan(before + 5000);
    await page.keyboard.press('Control+z');
    await sectionOf(studio, 'Why it hurts').getByRole('button', { name: 'Apply: Raise to INT4' }).waitFor();
    expect(await meterBytes(page)).toBe(before);
  }, TRIAL_MS + 2 * MEASURE_MS);

  it('draws the thresholds of one-bit inputs', async () => {
    await pressOnLayer(studio.page, 'conv2d_4', '6');
    await sectionOf(studio, 'Input activations').getByText(/^one bit · thresholds/).waitFor({ timeout: MEASURE_MS });
    await sectionOf(studio, 'Why it hurts').getByText('ReLU before one-bit inputs').waitFor({ timeout: MEASURE_MS });
    expect(await look(studio, 'xnor')).toEqual([]);
  }, 2 * MEASURE_MS);

  it('can be stopped while it tries', async () => {
    const causes = sectionOf(studio, 'Why it hurts');
    await causes.getByRole('button', { name: /^Try them on/ }).click();
    await causes.getByText(/^Trying on/).waitFor();
    const startedMs = Date.now();
    await causes.getByRole('button', { name: 'Stop' }).click();
    await causes.getByRole('button', { name: /^Try (it|them) on/ }).waitFor();
    expect(Date.now() - startedMs).toBeLessThan(2000);
  });

  it('draws the fifteen levels of INT4 and what lies beyond them', async () => {
    await pressOnLayer(studio.page, 'conv2d_4', '3');
    await sectionOf(studio, 'Weights').getByText(/^step [\d.]+ · clipped/).waitFor({ timeout: MEASURE_MS });
    expect(await sectionOf(studio, 'Weights').locator('.lv').count()).toBe(15);
    await sectionOf(studio, 'Why it hurts').getByText('Weights beyond the last level').waitFor({ timeout: MEASURE_MS });
    expect(await look(studio, 'int4')).toEqual([]);
  }, 2 * MEASURE_MS);

  it('did all of it without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});

describe('the inspector on the offline sample', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio({ colorScheme: 'light' });
    await runCommand(studio.page, 'Open the offline sample');
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await waitMeasured(studio.page);
  }, 2 * MEASURE_MS);
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  it('finds the last layer at one bit, and measures that eight bits help', async () => {
    const { page } = studio;
    const last = await page.getByRole('treegrid').getByRole('row').filter({ has: page.getByRole('radiogroup') }).last().getByRole('gridcell').first().innerText();
    await pressOnLayer(page, last.trim(), '5');
    await sectionOf(studio, 'Why it hurts').getByText('Last layer of the network').waitFor({ timeout: MEASURE_MS });
    const fixes = await tryThem(studio);
    expect(fixes.map((fix) => fix.split('\n')[0])).toContain('Raise to INT8');
    expect(fixes.join('\n')).toMatch(/does not help|Apply/);
    expect(await look(studio, 'sample')).toEqual([]);
    await page.getByRole('treegrid').getByRole('row').nth(1).getByRole('gridcell').first().click();
    await runCommand(page, 'Try fixes for the selected layer');
    expect(studio.problems).toEqual([]);
  }, TRIAL_MS + 2 * MEASURE_MS);
});
