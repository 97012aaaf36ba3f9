import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

// `npm start` as a person runs it, on a machine without Electron's program: its mirror is set to a port where nobody answers.

const ROOT = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'bitwright-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasElectron = existsSync(join(ROOT, 'node_modules', 'electron', 'path.txt'));

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function start(args: readonly string[], environment: Record<string, string>): Started {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'DISPLAY' && name !== 'WAYLAND_DISPLAY'));
  const env = { ...inherited, BITWRIGHT_USER_DATA: join(folder, 'user'), ELECTRON_MIRROR: 'http://127.0.0.1:9/', electron_config_cache: join(folder, 'cache'), ...environment };
  const child = spawn(process.execPath, [join(ROOT, 'electron', 'launch', 'start.mjs'), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, output: () => text, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

const ADDRESS = /http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}/;

describe.skipIf(process.platform === 'win32')('npm start', () => {
  it('prints its address where there is no display, serves the page, and ends with Ctrl-C', async () => {
    const started = start([], {});
    await expect.poll(started.output, { timeout: 60_000 }).toMatch(ADDRESS);
    if (process.platform === 'linux') expect(started.output()).toContain('There is no display here');
    const page = await fetch(new URL('/', ADDRESS.exec(started.output())![0]));
    expect(page.status).toBe(200);
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(await page.text()).toContain('<div id="root">');
    started.child.kill('SIGINT');
    expect(await started.ended).toBe(0);
  });

  it.skipIf(hasElectron)("says in one sentence that Electron could not be had, opens a browser window, and ends with it", async () => {
    const browser = join(folder, 'browser.sh');
    writeFileSync(browser, `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/arguments'\nsleep 0.5\n`);
    chmodSync(browser, 0o755);
    const started = start([], { DISPLAY: ':77', BITWRIGHT_BROWSER: browser });
    expect(await started.ended).toBe(0);
    const said = started.output().split('\n').filter((line) => line.includes("Electron's program could not be had"));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/so the same studio opens in a browser window\.$/);
    const args = readFileSync(join(folder, 'arguments'), 'utf8').split('\n');
    expect(args[0]).toMatch(new RegExp(`^--app=${ADDRESS.source}$`));
    expect(args.some((argument) => argument.startsWith(`--user-data-dir=${join(folder, 'user')}`))).toBe(true);
    expect(args.includes('--no-sandbox')).toBe(process.getuid?.() === 0);
    expect(started.output()).not.toMatch(/\n\s+at /);
  });

  it('does not open anything for a switch that it does not have', async () => {
    const started = start(['--wbe'], {});
    expect(await started.ended).toBe(1);
    expect(started.output()).toContain('npm start does not know --wbe');
  });
});
