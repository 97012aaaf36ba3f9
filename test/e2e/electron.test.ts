import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron } from 'playwright';
import { expect, it } from 'vitest';

// Real Electron, where its program is present. Where it is not, this is reported as skipped: nothing here was seen running then.

const ROOT = join(import.meta.dirname, '..', '..');

function electronProgram(): string | null {
  try {
    const folder = join(ROOT, 'node_modules', 'electron');
    const program = join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), readFileSync(join(folder, 'path.txt'), 'utf8'));
    return existsSync(program) ? program : null;
  } catch {
    return null;
  }
}

const program = electronProgram();
const hasDisplay = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
const reason = program === null ? "Electron's program is absent" : hasDisplay ? null : 'there is no display';
if (reason) console.warn(`Skipped: the studio in real Electron (${reason}).`);

it.skipIf(reason !== null)(`the studio opens in real Electron, isolated, with its host and nothing of Node${reason ? ` (${reason})` : ''}`, async () => {
  const app = await _electron.launch({ executablePath: program!, args: [ROOT, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])] });
  const page = await app.firstWindow();
  await page.waitForSelector('#root > *');
  expect(page.url()).toBe('bitwright://studio/index.html');
  expect(await page.evaluate(() => [crossOriginIsolated, 'require' in window, 'process' in window, 'Buffer' in window])).toEqual([true, false, false, false]);
  const answered = await page.evaluate(
    () =>
      new Promise((resolve) => {
        window.addEventListener('message', (event) => event.data === 'bitwright:host-port' && resolve(event.ports.length));
        window.postMessage('bitwright:host-port?', location.origin);
        // The studio itself may have taken the document's one port already.
        setTimeout(() => resolve('taken'), 2000);
      }),
  );
  expect([1, 'taken']).toContain(answered);
  await app.close();
});
