// Sizes of what ships and of what is written, beside the last ones that were kept. `--keep` keeps today's.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../electron/launch/prepare.mjs';

const KEPT = join(ROOT, 'test', 'budgets.json');

/** Where a number has a limit, passing it fails the check. Bytes are gzipped where the name says so. */
const LIMITS = {
  'page at start, JS gzip': 280_000,
  'page in all, JS gzip': 460_000,
  'page, CSS gzip': 20_000,
  // h5wasm alone, loaded when a .h5 file is opened, is 1.0 MB of it; the training library 0.3 MB; the runtimes that exports are proved
  // with (ONNX Runtime, LiteRT, tfjs' converter) and the web package's, each loaded with its first use, 0.3 MB.
  'workers in all, JS gzip': 2_000_000,
  'worker at start, JS gzip': 120_000,
  'preload, bytes': 1_000,
  'main process, bytes': 120_000,
  'longest source file, lines': 400,
};

const out = (...path) => join(ROOT, 'out', ...path);
const gzip = (path) => gzipSync(readFileSync(path)).length;
const files = (folder, ending) => readdirSync(folder).filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
const sum = (values) => values.reduce((total, value) => total + value, 0);

const html = readFileSync(out('renderer', 'index.html'), 'utf8');
const atStart = [...html.matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+\.js)"/g)].map((match) => out('renderer', match[1]));
const scripts = files(out('renderer', 'assets'), '.js');
const workers = files(out('renderer', 'workers'), '.js');

const now = {
  'page at start, JS gzip': sum(atStart.map(gzip)),
  'page in all, JS gzip': sum(scripts.map(gzip)),
  'page, CSS gzip': sum(files(out('renderer', 'assets'), '.css').map(gzip)),
  'worker at start, JS gzip': sum(workers.filter((path) => basename(path).startsWith('jobs.worker')).map(gzip)),
  'workers in all, JS gzip': sum(workers.map(gzip)),
  'main process, bytes': readFileSync(out('main', 'index.js')).length,
  'preload, bytes': readFileSync(out('preload', 'index.cjs')).length,
  ...sources(),
};

const kept = readKept();
let over = 0;
for (const [name, value] of Object.entries(now)) {
  const limit = LIMITS[name];
  const difference = kept[name] === undefined ? 'new' : value - kept[name];
  const shown = typeof difference === 'number' ? (difference === 0 ? '' : `${difference > 0 ? '+' : '−'}${Math.abs(difference).toLocaleString('en')}`) : difference;
  const passed = limit !== undefined && value > limit;
  if (passed) over++;
  console.log(`${name.padEnd(34)} ${value.toLocaleString('en').padStart(12)} ${shown.padStart(12)}${limit === undefined ? '' : `   limit ${limit.toLocaleString('en')}`}${passed ? '   OVER' : ''}`);
}
if (process.argv.includes('--keep')) writeFileSync(KEPT, `${JSON.stringify(now, null, 1)}\n`);
process.exit(over > 0 ? 1 : 0);

function sources() {
  const lines = {};
  let longest = { path: '', lines: 0 };
  const visit = (folder, layer) => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) visit(path, layer ?? path);
      else if (/\.(ts|tsx|mjs|css)$/.test(entry.name) && !/\.generated\.ts$|\.d\.m?ts$/.test(entry.name)) {
        const count = readFileSync(join(ROOT, path), 'utf8').split('\n').length - 1;
        lines[`lines of ${layer ?? folder}`] = (lines[`lines of ${layer ?? folder}`] ?? 0) + count;
        if (count > longest.lines && !entry.name.endsWith('.css')) longest = { path, lines: count };
      }
    }
  };
  for (const root of ['core', 'electron', 'renderer']) visit(root, null);
  visit('test', 'test');
  console.log(`The longest source file is ${longest.path}.`);
  return { 'longest source file, lines': longest.lines, ...lines };
}

function readKept() {
  try {
    return JSON.parse(readFileSync(KEPT, 'utf8'));
  } catch {
    return {};
  }
}
