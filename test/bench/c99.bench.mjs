// npm run bench:c99 [-- --no-ort]: one-bit layers as exported C (portable, AVX2, AVX-512) beside our WebAssembly in Node and the native
// onnxruntime in float32, one thread each. onnxruntime-node is installed for the run into a temporary folder, without scripts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { buildKernels } from '../../core/kernels/build.mjs';
import { ROOT } from '../../electron/launch/prepare.mjs';

const ORT = 'onnxruntime-node@1.30.0';

/** Its package carries the native library of every system it runs on. */
function installOrt() {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-ort-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, ORT], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
  if (status === 0) return createRequire(join(folder, 'package.json'))('onnxruntime-node');
  console.log(`Without onnxruntime: ${ORT} could not be installed.`);
  return null;
}

const quartiles = (ratio) => (ratio === null ? '' : `${ratio.median.toPrecision(3)}× (${ratio.q1.toPrecision(3)}–${ratio.q3.toPrecision(3)})`);

await buildKernels();
const ort = process.argv.includes('--no-ort') ? null : installOrt();
const { module } = await runnerImport(join(ROOT, 'test/bench/suite/c99.ts'));
await module.runC99(ort, ({ shape, engine, milliseconds, gigaMacs, againstOrt, againstWasm, verdict }) =>
  console.log(
    `${shape.padEnd(20)} ${engine.padEnd(22)} ${milliseconds.toFixed(3).padStart(9)} ms ${gigaMacs.toFixed(0).padStart(6)} GMAC/s   onnxruntime ${quartiles(againstOrt).padEnd(22)} WebAssembly ${quartiles(againstWasm).padEnd(22)} ${verdict}`,
  ),
);
