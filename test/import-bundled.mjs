// TypeScript of a long-running script, bundled to run in this process: tfjs' modules do not load in Node as they are.
import { builtinModules } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { ROOT } from '../electron/launch/prepare.mjs';

export async function importBundled(entry) {
  // Inside the project, so that what stays outside of the bundle is found.
  const folder = mkdtempSync(join(ROOT, 'node_modules', '.bitwright-script-'));
  try {
    await build({
      root: ROOT, configFile: false, logLevel: 'error', publicDir: false, ssr: { noExternal: true },
      build: {
        ssr: true, target: 'node20', outDir: folder, minify: false,
        rollupOptions: { input: { module: entry }, external: [...builtinModules, /^node:/], output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' } },
      },
    });
    return await import(pathToFileURL(join(folder, 'module.mjs')).href);
  } finally {
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
}
