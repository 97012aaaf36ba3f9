// npm run bench: every benchmark, with the record of the machine they ran on.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, ensureInstalled, requireNode } from '../../electron/launch/prepare.mjs';

requireNode();
ensureInstalled();
const folder = dirname(fileURLToPath(import.meta.url));
console.log(`${type()} ${release()} ${process.arch}, ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}, V8 ${process.versions.v8}`);
console.log('Times of one run on a machine that may be shared: read the ratios, which are of interleaved rounds.\n');

const benches = readdirSync(folder).filter((name) => name.endsWith('.bench.mjs'));
const failed = [join(ROOT, 'core', 'kernels', 'build.mjs'), ...benches.map((name) => join(folder, name))].filter((script) => {
  console.log(`── ${script.slice(ROOT.length + 1)}`);
  return spawnSync(process.execPath, [script], { cwd: ROOT, stdio: 'inherit' }).status !== 0;
});
process.exit(failed.length > 0 ? 1 : 0);
