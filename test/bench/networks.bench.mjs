// npm run bench:networks [-- --node] [-- --json FILE] [-- --only TEXT]: whole networks, read from the files that ship, against
// the same networks in float32 on TensorFlow.js.
import { join } from 'node:path';
import { createServer } from 'vite';
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
// Runs the TypeScript sources in Node; nothing is served.
const server = await createServer({ root: ROOT, configFile: false, logLevel: 'error', appType: 'custom', server: { middlewareMode: true, watch: null, ws: false }, optimizeDeps: { noDiscovery: true } });
try {
  const { networkFiles } = await server.ssrLoadModule('/test/bench/suite/network-files.ts');
  const files = await networkFiles(only);
  if (inNode) {
    const { runNetworks } = await server.ssrLoadModule('/test/bench/suite/run.ts');
    await runNetworks({ where: 'node', tfjsFolder: `${join(ROOT, 'node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`, ortFolder: null, spawn: threadsInNode }, files, onRow);
    finish(rows, `Node ${process.versions.node}`, json);
  } else finish(rows, await runInChromium({ kind: 'networks', only }, files, onRow), json);
} finally {
  await server.close();
}
