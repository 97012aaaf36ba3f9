// npm run results:export [-- --lenet FILE] [-- --only TEXT] [-- --samples N]: real networks × plans × every export target, written and
// proved: answers that are equal, ties, the largest deviation, bytes. FILE is a trained LeNet for Fashion-MNIST (.bitmodel, .keras, .h5).
import { join, resolve } from 'node:path';
import { createServer } from 'vite';
import { buildKernels } from '../../core/kernels/build.mjs';
import { ROOT, ensureInstalled, requireNode } from '../../electron/launch/prepare.mjs';

requireNode();
ensureInstalled();
const list = process.argv.slice(2);
const value = (name) => (list.includes(name) ? list[list.indexOf(name) + 1] : undefined);
await buildKernels();
// Readers and writers load when they are asked for, so what loads them stays.
const loader = await createServer({ root: ROOT, configFile: false, logLevel: 'error', appType: 'custom', optimizeDeps: { noDiscovery: true }, server: { middlewareMode: true, watch: null, ws: false } });
const { runExports, rowText, TABLE_HEAD } = await loader.ssrLoadModule(join(ROOT, 'test/results/exports.ts'));
const lenet = value('--lenet');
if (lenet === undefined) console.log('Without LeNet: name a trained one with --lenet FILE.\n');
console.log(TABLE_HEAD);
let unequal = 0;
const options = { data: resolve(ROOT, process.env.BITWRIGHT_DATA ?? '../shared/data'), lenet: lenet === undefined ? null : resolve(lenet), only: value('--only') ?? '', samples: Number(value('--samples') ?? 200) };
await runExports(options, (row) => {
  if (row.left === null && !row.equal) unequal++;
  console.log(rowText(row));
});
process.exit(unequal === 0 ? 0 : 1);
