// npm run bench:kernels [-- --node] [-- --json FILE] [-- --only TEXT]: layers against other runtimes.
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { buildKernels } from '../../core/kernels/build.mjs';
import { ROOT } from '../../electron/launch/prepare.mjs';
import { runInChromium } from './chromium.mjs';
import { finish, printRow, readArguments, threadsInNode } from './output.mjs';

const { inNode, json, only } = readArguments(process.argv.slice(2));
await buildKernels();
const rows = [];
const onRow = (row) => {
  rows.push(row);
  printRow(row);
};
if (inNode) {
  const { module } = await runnerImport(join(ROOT, 'test/bench/suite/run.ts'));
  await module.runKernels({ where: 'node', tfjsFolder: `${join(ROOT, 'node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`, ortFolder: null, spawn: threadsInNode }, only, onRow);
  finish(rows, `Node ${process.versions.node}`, json);
} else finish(rows, await runInChromium({ kind: 'kernels', only }, [], onRow), json);
