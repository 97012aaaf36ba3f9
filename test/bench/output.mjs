// The table that benchmarks print and the file they write.
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

export function machine() {
  return {
    system: `${type()} ${release()} ${process.arch}`, processor: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.versions.node, v8: process.versions.v8,
  };
}

const number = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const quartiles = ({ median, q1, q3 }) => `${number(median)}× (${number(q1)}–${number(q3)})`;

export const verdictOf = ({ ratio, required, aim }) => (ratio.median >= aim ? 'aim reached' : ratio.median >= required ? 'reached' : 'NOT REACHED');

export function printRow(row) {
  console.log(`${row.case} against ${row.peerName} [${row.engine}, ${row.threads} thread${row.threads > 1 ? 's' : ''}]: required ${row.required}×, aim ${row.aim}×: ${verdictOf(row)}`);
  const lines = row.shapes.length > 0 ? row.shapes : [{ shape: 'whole network', ...row }];
  for (const line of lines) console.log(`    ${line.shape.padEnd(30)} ours ${number(line.ours).padStart(7)} ms   ${number(line.peer).padStart(7)} ms   ${quartiles(line.ratio)}`);
}

/** Helper threads of the kernels in Node; threadsOf of the command line, which this script cannot import. */
export function threadsInNode(start) {
  const worker = new Worker(new URL('../../electron/cli/kernel-thread.mjs', import.meta.url));
  worker.unref();
  worker.postMessage(start);
  return worker;
}

/** Command line of both benchmarks: --node, --json FILE, --only TEXT. */
export function readArguments(list) {
  const value = (name) => (list.includes(name) ? list[list.indexOf(name) + 1] : undefined);
  return { inNode: list.includes('--node'), json: value('--json'), only: value('--only') ?? '' };
}

export function finish(rows, engine, json) {
  const environment = { ...machine(), engine };
  console.log(`\n${environment.processor}, ${environment.cores} cores, ${environment.memoryGiB} GiB, ${environment.system}; ${engine}. Ratios are medians (quartiles) of interleaved rounds; a row is judged by its slowest shape.`);
  if (json) writeFileSync(json, `${JSON.stringify({ environment, rows }, null, 1)}\n`);
}
