// npm run build: kernels and the runtime that exports carry, then main, preload and page, then the command line, then the files they fetch.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD_STAMP, ROOT, fail } from './prepare.mjs';

const startedMs = Date.now();
rmSync(BUILD_STAMP, { force: true });

run('kernels', join('core', 'kernels', 'build.mjs'));
run('web runtime', join('core', 'export', 'web', 'build.mjs'));
run('page and shell', bin('electron-vite', 'bin/electron-vite.js'), 'build', '--logLevel', 'warn');
run('command line', bin('vite', 'bin/vite.js'), 'build', '--config', 'electron/cli/vite.config.ts', '--logLevel', 'warn');
copyTfjsWasm();
copyOnnxWasm();
copyLiteRt();
copySample();
copyLicences();

writeFileSync(BUILD_STAMP, `${new Date().toISOString()}\n`);
console.log(`Built in ${((Date.now() - startedMs) / 1000).toFixed(1)} s.`);

function bin(name, path) {
  return join('node_modules', name, path);
}

function run(what, script, ...args) {
  const result = spawnSync(process.execPath, [join(ROOT, script), ...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) fail(`Building the ${what} failed. See the lines above.`);
}

/** The trainer's worker fetches them beside the page; the threaded build is not used. */
function copyTfjsWasm() {
  const from = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist');
  for (const to of ['renderer', 'cli']) {
    const folder = join(ROOT, 'out', to, 'tfjs');
    mkdirSync(folder, { recursive: true });
    for (const name of ['tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm.wasm']) cpSync(join(from, name), join(folder, name));
  }
}

/** What exported ONNX files are proved with; the page's bundler brings the page's own. */
function copyOnnxWasm() {
  const file = 'ort-wasm-simd-threaded.wasm';
  cpSync(join(ROOT, 'node_modules', 'onnxruntime-web', 'dist', file), join(ROOT, 'out', 'cli', 'onnxruntime', file));
}

/** What exported TensorFlow Lite files are proved with: its build without relaxed SIMD, which Node 20 does not have. */
function copyLiteRt() {
  const from = join(ROOT, 'node_modules', '@litertjs', 'core', 'wasm');
  for (const name of ['litert_wasm_compat_internal.js', 'litert_wasm_compat_internal.wasm']) cpSync(join(from, name), join(ROOT, 'out', 'cli', 'litert', name));
}

/** The network of the sample that ships; its images are drawn. */
function copySample() {
  const sample = join(ROOT, 'core', 'data', 'sample', 'digits-cnn.bitmodel');
  if (!existsSync(sample)) return console.warn('There is no sample network yet (core/data/sample/digits-cnn.bitmodel).');
  for (const to of ['renderer', 'cli']) cpSync(sample, join(ROOT, 'out', to, 'sample', 'digits-cnn.bitmodel'));
}

/** What is bundled keeps its notices: the licence text of every dependency that brings one, beside the page. */
function copyLicences() {
  const folder = join(ROOT, 'out', 'renderer', 'licences');
  mkdirSync(folder, { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const from = join(ROOT, 'node_modules', name);
    const { license } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
    const text = readdirSync(from).find((file) => /^licen[cs]e/i.test(file));
    const target = join(folder, `${name.replaceAll('/', '-').replace('@', '')}.txt`);
    if (text) cpSync(join(from, text), target);
    else writeFileSync(target, `${name} is published under the licence ${license}.\n`);
  }
}
