import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { defineConfig } from 'vite';

const ROOT = join(import.meta.dirname, '..', '..');

/** The command line as one folder that runs with Node alone: every package is bundled. */
export default defineConfig({
  root: ROOT,
  publicDir: false,
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: 'node20',
    outDir: join(ROOT, 'out/cli'),
    emptyOutDir: true,
    minify: false,
    rollupOptions: {
      input: { bitwright: join(ROOT, 'electron/cli/bitwright.ts'), 'make-sample': join(ROOT, 'electron/cli/make-sample.ts'), 'kernel-thread': join(ROOT, 'electron/cli/kernel-thread.mjs'), 'proof-thread': join(ROOT, 'electron/proof/thread.ts') },
      // Optional native speed-ups of `ws`, which it does without.
      external: [...builtinModules, /^node:/, 'bufferutil', 'utf-8-validate'],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
});
