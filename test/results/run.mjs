// npm run results [-- --only TEXT] [-- --seeds 1,2,3] [-- --threads N] [-- --fresh] [-- --kept]: the accuracy table of RESULTS.md, and results.json.
// Long: hours. What is finished is kept in artefacts/results, and the command goes on from there; --fresh begins again, --kept writes what is finished.
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { buildPackageFiles } from '../../core/export/web/build.mjs';
import { buildKernels } from '../../core/kernels/build.mjs';
import { ROOT, ensureInstalled, requireNode } from '../../electron/launch/prepare.mjs';
import { machine, threadsInNode } from '../bench/output.mjs';
import { importBundled } from '../import-bundled.mjs';

requireNode();
ensureInstalled();
const list = process.argv.slice(2);
const value = (name) => (list.includes(name) ? list[list.indexOf(name) + 1] : undefined);
await buildKernels();
await buildPackageFiles();
const kept = join(ROOT, 'artefacts/results');
if (list.includes('--fresh')) rmSync(kept, { recursive: true, force: true });
mkdirSync(kept, { recursive: true });
const { runCases, writeTables } = await importBundled(join(ROOT, 'test/results/index.ts'));
const records = await runCases({
  root: ROOT,
  dataFolder: resolve(ROOT, process.env.BITWRIGHT_DATA ?? '../shared/data'),
  tfjsFolder: `${join(ROOT, 'node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`,
  threads: Number(value('--threads') ?? availableParallelism()),
  spawn: threadsInNode,
  only: value('--only') ?? '',
  keptOnly: list.includes('--kept'),
  seeds: (value('--seeds') ?? '1,2,3').split(',').map(Number),
});
// A part of the table does not replace the whole.
if (value('--only') === undefined) writeTables(ROOT, records, machine());
process.exit();
