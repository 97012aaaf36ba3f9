import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOnnx } from '../fixtures/onnx-runtime.ts';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { filesUnder, MEASURE_MS, openScreen, runCommand, waitMeasured } from './steps.ts';

/** Another runtime opens what the wizard wrote, in the page's worker under the page's policy. */
describe('the sample for other runtimes', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio();
    await studio.page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await waitMeasured(studio.page);
    await runCommand(studio.page, 'Set all middle layers to XNOR');
    await waitMeasured(studio.page);
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  it('is offered beside the packed file and says what it is', async () => {
    const { page } = studio;
    await openScreen(page, 'Export');
    await page.locator('input[name="target"][value="onnx"]').check();
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      // Colours move to the other theme.
      await page.waitForTimeout(300);
      await studio.screenshot(`export-onnx-target-${colorScheme}`);
      expect(await studio.accessibilityProblems(), colorScheme).toEqual([]);
    }
  });

  it('is proved layer by layer by ONNX Runtime as an ONNX file', async () => {
    const { page } = studio;
    for (const step of ['Fit', 'Contents', 'Proof']) await page.locator('.wiz-f').getByRole('button', { name: step }).click();
    await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
    expect(await page.getByText(/Read by: ONNX Runtime Web/).innerText()).toContain('0 differences in 256 pictures; 256 of 256 answers the same.');
    await studio.screenshot('export-onnx-proof');
  });

  it('is written as it was proved, and opens elsewhere', async () => {
    const { page } = studio;
    await page.locator('.wiz-f').getByRole('button', { name: 'Package' }).click();
    await page.getByRole('button', { name: /^Write package/ }).click();
    await page.getByText(/^Written to/).first().waitFor();
    await studio.screenshot('export-onnx-package');
    const [written, ...others] = filesUnder(studio.userData).filter((path) => path.endsWith('.onnx'));
    expect(others).toEqual([]);
    const opened = await openOnnx(new Uint8Array(readFileSync(written)));
    opened.close();
  });

  it('says how far the form for accelerators is from the network', async () => {
    const { page } = studio;
    await page.getByRole('navigation', { name: 'Export steps' }).getByText('Target').click();
    await page.locator('input[name="target"][value="onnx-qdq"]').check();
    for (const step of ['Fit', 'Contents', 'Proof']) await page.locator('.wiz-f').getByRole('button', { name: step }).click();
    await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
    expect(await page.getByText(/Read by: ONNX Runtime Web/).innerText()).toMatch(/what differs is (less than )?[\d.]+\s%/);
    await studio.screenshot('export-onnx-qdq-proof');
  });

  it.each([
    ['qonnx', /Read by: ONNX Runtime Web, with QONNX’s nodes replaced/, /0 differences in 256 pictures; 256 of 256 answers the same\./],
    ['tfjs', /Read by: TensorFlow\.js/, /0 differences in 256 pictures; 256 of 256 answers the same\./],
    ['tflite', /Read by: LiteRT/, /what differs is (less than )?[\d.]+\s%.* in 256 pictures/],
    ['lce', /Larq Compute Engine itself was not run/, / in 256 pictures/],
  ] as const)('is proved as %s too', async (target, label, result) => {
    const { page } = studio;
    // tfjs takes one-bit weights apart in every run, in plain JavaScript here: 8-bit ones are shown faster.
    await runCommand(page, `Set all middle layers to ${target === 'lce' ? 'XNOR' : 'INT8'}`);
    await openScreen(page, 'Export');
    await page.getByRole('navigation', { name: 'Export steps' }).getByText('Target').click();
    await page.locator(`input[name="target"][value="${target}"]`).check();
    for (const step of ['Fit', 'Contents', 'Proof']) await page.locator('.wiz-f').getByRole('button', { name: step }).click();
    await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
    expect(await page.getByText(label).innerText()).toMatch(result);
    await studio.screenshot(`export-${target}-proof`);
  });

  it('did all of it without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});
