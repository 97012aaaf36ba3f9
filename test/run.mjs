// npm test [-- STAGE …]: every check, cheapest first, from a bare clone.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findBrowser, hasDisplay } from '../electron/launch/browser.mjs';
import { ROOT, ensureBuilt, ensureInstalled, requireNode } from '../electron/launch/prepare.mjs';

/** One TypeScript project an environment: what a folder may assume is what its project declares. */
const PROJECTS = ['core', 'core/train', 'electron', 'electron/cli', 'electron/preload', 'electron/proof', 'renderer', 'test'];
const ARTEFACTS = join(ROOT, 'artefacts');

/** A test that never returns must not hold up the rest: far above what any stage takes. */
const STAGE_LIMIT_MS = 20 * 60_000;

const counts = { passed: 0, failed: 0, skipped: 0 };

const STAGES = {
  kernels: () => node(['core/kernels/build.mjs']) && node(['core/export/web/build.mjs']),
  tiny: () => vitest('tiny', ['test/tiny.test.ts']),
  types: () => PROJECTS.map((project) => node(['node_modules/typescript/bin/tsc', '-p', project], `tsc -p ${project}`)).every(Boolean),
  layers: () => [vitest('layers', ['test/layers.test.ts']), node(['node_modules/oxlint/bin/oxlint', '--deny-warnings'], 'oxlint')].every(Boolean),
  unit: () => vitest('unit', ['test/unit']),
  conformance: () => vitest('conformance', ['test/conformance']),
  golden: () => vitest('golden', ['test/golden']),
  fuzz: () => vitest('fuzz', ['test/fuzz']),
  build: () => node(['electron/launch/build.mjs']),
  e2e: endToEnd,
  budgets: () => node(['test/budgets.mjs']),
};

requireNode();
process.chdir(ROOT);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(STAGES, name));
if (unknown.length > 0) {
  console.error(`There is no stage ${unknown.join(', ')}; the stages are ${Object.keys(STAGES).join(', ')}.`);
  process.exit(2);
}
ensureInstalled();
mkdirSync(ARTEFACTS, { recursive: true });

const broken = [];
// Everything imports the kernels; they are built in no time where they are fresh.
for (const name of asked.length > 0 ? [...new Set(['kernels', ...asked])] : Object.keys(STAGES)) {
  const startedMs = Date.now();
  console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 60 - name.length))}`);
  const failedBefore = counts.failed;
  const ok = STAGES[name]();
  // A stage that is not made of tests (types, build), or that broke before its tests ran, is one failure.
  if (!ok && counts.failed === failedBefore) counts.failed++;
  if (!ok) broken.push(name);
  console.log(`── ${name}: ${ok ? 'ok' : 'FAILED'}, ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
}
if (broken.length > 0) console.log(`\nFailed: ${broken.join(', ')}.`);
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(broken.length > 0 ? 1 : 0);

function node(args, label = args.join(' ')) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) console.log(`${label} failed${error ? `: ${error.message}` : ''}.`);
  return status === 0;
}

function vitest(stage, paths, options = [], environment = {}) {
  const report = join(ARTEFACTS, `vitest-${stage}.json`);
  rmSync(report, { force: true });
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...paths, ...options, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status, error } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...environment }, timeout: STAGE_LIMIT_MS });
  if (error?.code === 'ETIMEDOUT') console.log(`The stage ran longer than ${STAGE_LIMIT_MS / 60_000} minutes and was ended.`);
  if (existsSync(report)) {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
    counts.passed += numPassedTests;
    counts.failed += numFailedTests;
    counts.skipped += numPendingTests + numTodoTests;
  }
  return status === 0;
}

function endToEnd() {
  ensureBuilt();
  const browser = findBrowser(process.platform, process.env) ?? installChromium();
  if (browser === null) {
    console.log('\n!!! The end-to-end tests are SKIPPED: no Chromium, Chrome or Edge was found.');
    console.log('!!! Install one ("apt-get install chromium", "brew install --cask chromium", "winget install Google.Chrome"), or name it in BITWRIGHT_BROWSER.\n');
    counts.skipped++;
    return true;
  }
  // One browser and one machine: files take turns, so that timings and screenshots do not disturb each other.
  const options = ['--no-file-parallelism', '--testTimeout=240000', '--hookTimeout=120000'];
  const inChromium = vitest('e2e', ['test/e2e'], options, { BITWRIGHT_BROWSER: browser });
  const electron = existsSync(join(ROOT, 'node_modules', 'electron', 'path.txt')) && hasDisplay(process.platform, process.env);
  if (!electron) console.log("The same walk in real Electron is SKIPPED: its program or a display is absent.");
  return electron ? vitest('e2e-electron', ['test/e2e/sample.test.ts'], options, { BITWRIGHT_E2E_SHELL: 'electron' }) && inChromium : inChromium;
}

/** Debian as root, as in a container: the package is one command away. Elsewhere it is the person's to install. */
function installChromium() {
  if (process.platform !== 'linux' || process.getuid() !== 0 || !existsSync('/etc/debian_version')) return null;
  console.log('Installing the chromium package (apt-get) …');
  const options = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update', '-q'], options);
  spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-liberation'], options);
  return findBrowser(process.platform, process.env);
}
