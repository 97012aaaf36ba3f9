import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

/** LiteRT's script is written to be run, not imported: its last lines look for CommonJS, others for Node. */
const litertModule = {
  name: 'litert-module',
  transform(code: string, id: string): string | null {
    if (!/litert_wasm_\w+\.js$/.test(id)) return null;
    const own = code.slice(0, code.lastIndexOf('if (typeof exports')).replaceAll(/require\("node:\w+"\)/g, 'undefined');
    return `${own}\nexport default ModuleFactory;`;
  },
};

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      minify: true,
      // Everything the main process uses is bundled: the packaged application carries no node_modules.
      externalizeDeps: false,
      rollupOptions: {
        input: { index: 'electron/main/index.ts', 'proof-thread': 'electron/proof/thread.ts' },
        // Optional native speed-ups of `ws` and nothing else; main does not use the loopback shell.
        external: ['electron', /^node:/],
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      minify: true,
      externalizeDeps: false,
      rollupOptions: {
        input: { index: 'electron/preload/index.ts' },
        external: ['electron'],
        // A sandboxed preload cannot be an ES module.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react(), litertModule],
    optimizeDeps: { exclude: ['@litertjs/core'] },
    worker: {
      format: 'es',
      plugins: () => [litertModule],
      // A response in this folder gets the policy of a worker.
      rollupOptions: { output: { entryFileNames: 'workers/[name]-[hash].js', chunkFileNames: 'workers/[name]-[hash].js' } },
    },
    build: {
      outDir: 'out/renderer',
      minify: true,
      // A data: URL would need a wider policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: { input: 'renderer/index.html' },
    },
  },
});
