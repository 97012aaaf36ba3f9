import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { _electron, chromium } from 'playwright';
import type { Browser, ElectronApplication, Page } from 'playwright';
import { findBrowser } from '../../electron/launch/browser.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
export const ARTEFACTS = join(ROOT, 'artefacts');

/** `npm test` runs the same specs a second time in Electron where its program is present. */
const IN_ELECTRON = process.env['BITWRIGHT_E2E_SHELL'] === 'electron';

export interface StudioOptions {
  /** Files named on the command line. */
  readonly files?: readonly string[];
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
  /** Kept between two starts; a fresh folder where left out. */
  readonly userData?: string;
  /** Variables of the studio's own process, beside those of the tests. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Studio {
  readonly page: Page;
  readonly userData: string;
  /** Policy violations, console errors, uncaught errors and failed requests so far: a good run has none. */
  readonly problems: readonly string[];
  /** Another address of the same server; each works once. Loopback only. */
  newAddress(): Promise<string>;
  /** Saves artefacts/<name>.png. */
  screenshot(name: string): Promise<void>;
  /** Serious and critical findings of axe-core, as sentences. */
  accessibilityProblems(): Promise<readonly string[]>;
  /** Drops files of this machine on the window, as a person does. */
  drop(paths: readonly string[]): Promise<void>;
  close(): Promise<void>;
  /** Ends the machine's process and the page as a crash does: neither can do anything first. Loopback only. */
  kill(): Promise<void>;
}

const VIEWPORT = { width: 1440, height: 900 };
const isRoot = process.getuid?.() === 0;
const CHROMIUM_ARGUMENTS = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

let sharedBrowser: Promise<Browser> | null = null;

/** One browser for all tests of a file. */
function browser(): Promise<Browser> {
  const executablePath = process.env['BITWRIGHT_BROWSER'] ?? findBrowser(process.platform, process.env) ?? undefined;
  sharedBrowser ??= chromium.launch({ ...(executablePath ? { executablePath } : {}), args: [...CHROMIUM_ARGUMENTS, ...(isRoot ? ['--no-sandbox'] : [])] });
  return sharedBrowser;
}

/** The built studio in a window of its own: run `npm run build` first (`npm test` does). */
export async function openStudio(options: StudioOptions = {}): Promise<Studio> {
  const userData = options.userData ?? mkdtempSync(join(tmpdir(), 'bitwright-e2e-'));
  const ended = (): void => {
    if (options.userData === undefined) rmSync(userData, { recursive: true, force: true });
  };
  return IN_ELECTRON ? openInElectron(options, userData, ended) : openInChromium(options, userData, ended);
}

async function openInChromium(options: StudioOptions, userData: string, ended: () => void): Promise<Studio> {
  const server = startServer(options.files ?? [], userData, options.environment ?? {});
  const address = await server.newAddress();
  const context = await (await browser()).newContext({ viewport: options.viewport ?? VIEWPORT, colorScheme: options.colorScheme ?? 'light', acceptDownloads: true });
  const page = await context.newPage();
  const problems = watch(page);
  await page.goto(address);
  const close = async (signal?: 'SIGKILL'): Promise<void> => {
    if (signal) await server.stop(signal);
    await context.close();
    if (!signal) await server.stop();
    ended();
  };
  return { ...studioOf(page, userData, problems, server.newAddress, () => close()), kill: () => close('SIGKILL') };
}

/** Any page in the same browser, watched in the same way. */
export async function openAddress(address: string, viewport = VIEWPORT): Promise<Pick<Studio, 'page' | 'problems' | 'accessibilityProblems' | 'screenshot' | 'close'>> {
  const context = await (await browser()).newContext({ viewport });
  const page = await context.newPage();
  const problems = watch(page);
  await page.goto(address);
  return studioOf(page, '', problems, () => Promise.resolve(address), () => context.close());
}

async function openInElectron(options: StudioOptions, userData: string, ended: () => void): Promise<Studio> {
  const app: ElectronApplication = await _electron.launch({
    args: [ROOT, ...(isRoot ? ['--no-sandbox'] : []), ...(options.files ?? [])],
    env: { ...(process.env as Record<string, string>), ...options.environment, BITWRIGHT_USER_DATA: userData },
    colorScheme: options.colorScheme ?? 'light',
  });
  const page = await app.firstWindow();
  const problems = watch(page);
  await page.setViewportSize(options.viewport ?? VIEWPORT);
  const noAddress = (): Promise<string> => Promise.reject(new Error('Electron has no address.'));
  return studioOf(page, userData, problems, noAddress, async () => {
    // Closing would ask about unsaved work, in a dialog that nobody answers.
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().forEach((window) => window.destroy())).catch(() => undefined);
    await app.close();
    ended();
  });
}

function studioOf(page: Page, userData: string, problems: readonly string[], newAddress: () => Promise<string>, close: () => Promise<void>): Studio {
  return {
    page,
    userData,
    problems,
    newAddress,
    close,
    kill: () => Promise.reject(new Error('Electron is not killed.')),
    async screenshot(name) {
      mkdirSync(ARTEFACTS, { recursive: true });
      await page.screenshot({ path: join(ARTEFACTS, `${name}.png`) });
    },
    accessibilityProblems: () => runAxe(page),
    drop: (paths) => dropFiles(page, paths),
  };
}

interface Server {
  newAddress(): Promise<string>;
  stop(signal?: 'SIGINT' | 'SIGKILL'): Promise<void>;
}

/** `bitwright serve` as a person runs it; it prints one address at the start and another for each Enter. */
function startServer(files: readonly string[], userData: string, environment: Readonly<Record<string, string>>): Server {
  const program = join(ROOT, 'out', 'cli', 'bitwright.js');
  const child: ChildProcess = spawn(process.execPath, [program, 'serve', ...files], { env: { ...process.env, ...environment, BITWRIGHT_USER_DATA: userData }, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  let isFirst = true;
  return {
    async newAddress() {
      if (!isFirst) child.stdin!.write('\n');
      isFirst = false;
      const line = await lines.next();
      if (line.done) throw new Error('bitwright serve ended before it printed its address.');
      return line.value;
    },
    async stop(signal = 'SIGINT') {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await gone;
    },
  };
}

/** Collects what a person would never see and a release must not have. */
function watch(page: Page): string[] {
  const problems: string[] = [];
  void page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`Policy violation: ${event.violatedDirective} blocked ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
  return problems;
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly impact: string; readonly help: string; readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[] }[];
}

async function runAxe(page: Page): Promise<readonly string[]> {
  // Through the debugger, not a script tag: the page's policy has no exception for tests.
  await page.evaluate(axeSource);
  // Base UI's focus guards hand on the focus that they get: axe cannot see that, and passes them only where it sees a layer over the page.
  const { violations } = (await page.evaluate('axe.run({ exclude: [["[data-base-ui-focus-guard]"]] }, { resultTypes: ["violations"] })')) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} (${node.failureSummary.replace(/\s+/g, ' ')})`));
}

async function dropFiles(page: Page, paths: readonly string[]): Promise<void> {
  const files = paths.map((path) => ({ name: basename(path), base64: readFileSync(path).toString('base64') }));
  const transfer = await page.evaluateHandle((dropped) => {
    const data = new DataTransfer();
    for (const { name, base64 } of dropped) data.items.add(new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], name));
    return data;
  }, files);
  for (const type of ['dragenter', 'dragover', 'drop']) await page.dispatchEvent('body', type, { dataTransfer: transfer });
}

/** For the end of a test file. */
export async function closeBrowser(): Promise<void> {
  await (await sharedBrowser)?.close();
  sharedBrowser = null;
}

