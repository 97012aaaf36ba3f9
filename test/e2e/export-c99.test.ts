import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPILER, NO_COMPILER } from '../fixtures/c-compiler.ts';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { filesUnder, MEASURE_MS, openScreen, runCommand, waitMeasured } from './steps.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'out', 'cli', 'bitwright.js');

/** The host compiles, runs and compares what it wrote itself; the page hands over a packed network and pictures. */
describe.skipIf(COMPILER === null)(`the sample as C99, proved in the wizard${COMPILER === null ? `: ${NO_COMPILER}` : ''}`, () => {
  let studio: Studio;
  let temporary: string;
  beforeAll(async () => {
    temporary = mkdtempSync(join(tmpdir(), 'bitwright-e2e-c-'));
    studio = await openStudio({ environment: { TMPDIR: temporary } });
    await studio.page.getByRole('button', { name: 'Open the Digits sample' }).click();
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await waitMeasured(studio.page);
    await runCommand(studio.page, 'Set all middle layers to XNOR');
    await waitMeasured(studio.page);
  });
  afterAll(async () => {
    await studio.close();
    rmSync(temporary, { recursive: true });
    await closeBrowser();
  });
  const compiling = (): readonly string[] => readdirSync(temporary).filter((name) => name.startsWith('bitwright-c-'));

  it('is cancelled within 2 seconds, and nothing of it is left', async () => {
    const { page } = studio;
    await openScreen(page, 'Export');
    await page.locator('input[name="target"][value="c99"]').check();
    for (const step of ['Fit', 'Contents', 'Proof']) await page.locator('.wiz-f').getByRole('button', { name: step }).click();
    await expect.poll(compiling, { timeout: MEASURE_MS }).toHaveLength(1);
    const cancelledMs = performance.now();
    await page.getByRole('button', { name: /^Cancel/ }).first().click();
    await page.getByText('The proof was cancelled.').waitFor();
    await expect.poll(compiling, { timeout: 2000 }).toEqual([]);
    expect(performance.now() - cancelledMs).toBeLessThan(2500);
  });

  it('is proved layer by layer by the C compiler of this computer', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: 'Run the proof' }).first().click();
    await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
    expect(await page.getByText(/Read by: the C compiler of this machine/).innerText()).toContain('0 differences in 256 pictures; 256 of 256 answers the same.');
    await studio.screenshot('export-c99-proof');
    expect(compiling()).toEqual([]);
  });

  it('is written as the command line writes it', async () => {
    const { page } = studio;
    await page.locator('.wiz-f').getByRole('button', { name: 'Package' }).click();
    await page.getByRole('button', { name: /^Write package/ }).click();
    await page.getByText(/^Written to/).first().waitFor();
    const [main] = filesUnder(studio.userData).filter((path) => path.endsWith('.c') && !path.endsWith('_selftest.c'));
    const folder = dirname(main);
    const [variant] = readdirSync(folder).filter((name) => name.endsWith('.bitvar'));
    const out = join(temporary, 'by-command-line');
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'export', join(folder, variant), '--target', 'c99', '--out', out], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const written = readdirSync(out).toSorted();
    expect(written).toHaveLength(3);
    expect(written).toContain(basename(main));
    for (const name of written) expect(readFileSync(join(folder, name)).equals(readFileSync(join(out, name))), name).toBe(true);
  });

  it('did all of it without a policy violation, a console error or a failed request', () => expect(studio.problems).toEqual([]));
});
