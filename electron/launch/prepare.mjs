// Makes a fresh clone ready: packages, then the build. Runs with Node alone.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OLDEST_NODE, buildIsStale, installIsCurrent } from './decide.mjs';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Written last by the build: its time is the build's. */
export const BUILD_STAMP = join(ROOT, 'out', '.built');

export function requireNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= OLDEST_NODE) return;
  fail(`Bitwright needs Node ${OLDEST_NODE} or newer; this is ${process.version}.`);
}

export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** `npm ci` where the packages are absent or not those of the lockfile. */
export function ensureInstalled() {
  if (installIsCurrent(readJson('package-lock.json'), readJson(join('node_modules', '.package-lock.json')))) return;
  console.log('Installing packages (npm ci) …');
  // npm is a script on Windows, which only a shell finds.
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.status !== 0) fail('npm ci failed: the packages could not be installed. See the lines above.');
}

export function ensureBuilt() {
  if (!buildIsStale(newestSourceMs(), existsSync(BUILD_STAMP) ? statSync(BUILD_STAMP).mtimeMs : null)) return;
  console.log('Building …');
  const result = spawnSync(process.execPath, [join(ROOT, 'electron', 'launch', 'build.mjs')], { cwd: ROOT, stdio: 'inherit' });
  if (result.status !== 0) fail('The build failed. See the lines above.');
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
  } catch {
    return null;
  }
}

/** Of everything that the build reads. */
function newestSourceMs() {
  const roots = ['core', 'electron', 'renderer', 'package-lock.json', 'electron.vite.config.ts', 'tsconfig.base.json'];
  return Math.max(...roots.map((root) => newestMs(join(ROOT, root))));
}

function newestMs(path) {
  const facts = statSync(path);
  if (!facts.isDirectory()) return facts.mtimeMs;
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .reduce((newest, entry) => Math.max(newest, newestMs(join(path, entry.name))), 0);
}
