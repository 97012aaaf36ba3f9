// npm run bench:c99: one-bit layers as exported C, portable and with the vectors of this processor, beside our WebAssembly in Node.
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { buildKernels } from '../../core/kernels/build.mjs';
import { ROOT } from '../../electron/launch/prepare.mjs';

await buildKernels();
const { module } = await runnerImport(join(ROOT, 'test/bench/suite/c99.ts'));
await module.runC99(({ shape, engine, milliseconds, gigaMacs }) => console.log(`${shape.padEnd(22)} ${engine.padEnd(30)} ${milliseconds.toFixed(3).padStart(9)} ms ${gigaMacs.toFixed(0).padStart(6)} GMAC/s`));
