// npm run make:c99-code: measures the pieces of C with the compiler for Cortex-M and writes core/export/c99/code-bytes.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { ROOT } from '../../electron/launch/prepare.mjs';

const { module } = await runnerImport(join(ROOT, 'test/bench/suite/c99-code.ts'));
writeFileSync(join(ROOT, 'core/export/c99/code-bytes.ts'), module.codeBytesFile(module.measureCode()));
