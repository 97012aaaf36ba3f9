import { existsSync, readdirSync, statSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, vi } from 'vitest';
import type { Locator, Page } from 'playwright';

/** What a person does in the studio, in the words of the screen. */

/** Real networks and data, beside the checkout or where the variable says. */
export const DATA_FOLDER = resolve(process.env['BITWRIGHT_DATA'] ?? '../shared/data');
export const hasRealData = existsSync(DATA_FOLDER);
if (!hasRealData) console.warn(`Skipped: ${DATA_FOLDER} is absent (set BITWRIGHT_DATA to the folder of real networks and data).`);

export function realFile(path: string): string {
  return join(DATA_FOLDER, path);
}

/** Longest wait for a measurement of a small network on a slow machine. */
export const MEASURE_MS = 60_000;

export function meter(page: Page, name: 'Size' | 'Accuracy' | 'Speed'): Locator {
  return page.getByRole('region', { name: 'Meters of the current variant' }).getByRole('region', { name });
}

/** The large number of a meter. */
export async function meterValue(page: Page, name: 'Size' | 'Accuracy' | 'Speed'): Promise<string> {
  return (await meter(page, name).locator('.meter-v b').innerText()).trim();
}

/** Exact bytes: in the tooltip of the size meter. */
export async function meterBytes(page: Page): Promise<number> {
  const title = await meter(page, 'Size').locator('[title$="B"]').first().getAttribute('title');
  return Number((title ?? '').replace(/\D/g, ''));
}

/** Accuracy and speed belong to the plan on screen: neither stale nor estimated. */
export async function waitMeasured(page: Page): Promise<void> {
  const options = { timeout: MEASURE_MS, interval: 100 };
  await vi.waitFor(async () => expect(await meter(page, 'Accuracy').textContent()).toMatch(/measured, [\d,]+ images/), options);
  await vi.waitFor(async () => expect(await meter(page, 'Speed').textContent()).toContain('measured here'), options);
}

export function layerRow(page: Page, layer: string): Locator {
  return page.getByRole('treegrid').getByRole('row').filter({ has: page.getByRole('gridcell', { name: layer, exact: true }) });
}

export async function openScreen(page: Page, name: 'Studio' | 'Analyse' | 'Train' | 'Compare' | 'Export'): Promise<void> {
  await page.getByRole('navigation', { name: 'Workspaces' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** Runs a command by its name from the palette. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: /^Commands/ }).click();
  await page.getByRole('combobox', { name: /commands/i }).fill(title);
  await page.keyboard.press('Enter');
}

/** Selects a layer and presses a key on it; says what the size meter shows in the very next frame. */
export async function pressOnLayer(page: Page, layer: string, key: string): Promise<{ readonly before: string; readonly nextFrame: string }> {
  await layerRow(page, layer).getByRole('gridcell').first().click();
  return page.evaluate(async (pressed) => {
    const value = () => document.querySelector('.meters .meter-v b')?.textContent ?? '';
    const before = value();
    (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key: pressed, code: `Digit${pressed}`, bubbles: true, cancelable: true }));
    await new Promise((frame) => requestAnimationFrame(frame));
    return { before, nextFrame: value() };
  }, key);
}

export function toasts(page: Page): Locator {
  return page.locator('.toasts .toast');
}

/** Every file under a folder. */
export function filesUnder(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

export function sizeOfFile(path: string): number {
  return statSync(path).size;
}

const CLI = join(import.meta.dirname, '..', '..', 'out', 'cli', 'bitwright.js');

/** The command line as it ships, with its JSON answer. */
export function commandLine(...args: readonly string[]): Record<string, unknown> {
  return JSON.parse(execFileSync(process.execPath, [CLI, ...args, '--json'], { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] })) as Record<string, unknown>;
}

/** Runs what the screen says to type, in the folder where it says to type it. */
export function typeCommand(line: string, folder: string): void {
  const [program, ...words] = line.replaceAll('"', '').split(' ').filter(Boolean);
  expect(program).toBe('bitwright');
  execFileSync(process.execPath, [CLI, ...words], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}
