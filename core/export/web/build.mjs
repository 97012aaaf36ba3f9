// Bundles the runtime that the web target ships, and the files beside it, into one TypeScript module: exporters write texts that
// are part of the studio. Runs after core/kernels/build.mjs, whose modules it takes in.
// Usage: node core/export/web/build.mjs [--force]
import { createHash } from 'node:crypto';
import { readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { deflateRawSync } from 'node:zlib';

const folder = dirname(fileURLToPath(import.meta.url));
const core = join(folder, '..', '..');
const OUTPUT = join(folder, 'package-files.generated.ts');
/** The kernels as the runtime carries them. */
const KERNELS = join(folder, 'deflated-wasm.generated.ts');
const RUNTIME = 'bitwright-runtime.js';
const BANNER = '/* The Bitwright runtime: reads and runs .bitw files. MIT licence, the Bitwright authors. */\n';

/** Everything that the runtime can import. */
const SOURCES = ['base', 'tensor', 'quant', 'graph', 'schemes', 'kernels', 'runtime', 'export/packed', 'export/web'];

async function modifiedMs(path) {
  return (await stat(path)).mtimeMs;
}

async function isFresh() {
  try {
    const builtMs = Math.min(await modifiedMs(OUTPUT), await modifiedMs(KERNELS));
    for (const source of SOURCES) {
      const root = join(core, source);
      for (const file of await readdir(root, { recursive: true })) {
        const path = join(root, file);
        if (path !== OUTPUT && path !== KERNELS && /\.(ts|js|mjs|html|css|md)$/.test(file) && (await modifiedMs(path)) > builtMs) return false;
      }
    }
    return true;
  } catch {
    return false;
  }
}

/** Deflated before base64, WebAssembly is a third as long; a server that compresses cannot make up for the other order. */
async function deflateKernels() {
  const text = await readFile(join(core, 'kernels', 'wasm-bytes.generated.ts'), 'utf8');
  const builds = [...text.matchAll(/'(\w+)': '([A-Za-z0-9+/=]+)'/g)].map(([, id, base64]) => `  '${id}': '${deflateRawSync(Buffer.from(base64, 'base64'), { level: 9 }).toString('base64')}',`);
  if (builds.length !== 2) throw new Error(`The kernels should have two builds, not ${builds.length}.`);
  await replace(KERNELS, ['// Written by core/export/web/build.mjs.', 'export const DEFLATED_WASM_BASE64 = {', ...builds, '} as const;', '']);
}

/** Renamed into place: a test run beside this one never reads half a file. */
async function replace(path, lines) {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, lines.join('\n'));
  await rename(temporary, path);
}

/** The runtime as one module without imports. */
async function bundle() {
  await deflateKernels();
  const { build } = await import('vite');
  const [{ output }] = await build({
    root: core, configFile: false, logLevel: 'error', publicDir: false,
    build: {
      write: false, target: 'es2022',
      lib: { entry: join(folder, 'runtime.ts'), formats: ['es'], fileName: 'runtime' },
      rollupOptions: { output: { minify: true } },
    },
  });
  const [chunk, ...others] = output;
  const plainKernels = Object.entries(chunk.modules).find(([id, { renderedLength }]) => id.endsWith('wasm-bytes.generated.ts') && renderedLength > 0);
  // What is not among the sources would be carried along as it was when they last changed.
  const outside = Object.keys(chunk.modules).map((id) => relative(core, id).replaceAll('\\', '/')).find((id) => !id.startsWith('..') && /\.[jt]s$/.test(id) && !SOURCES.some((source) => id.startsWith(`${source}/`)));
  if (others.length > 0 || chunk.imports.length > 0) throw new Error(`The runtime must be one file without imports, not ${output.map(({ fileName }) => fileName).join(', ')}.`);
  if (plainKernels) throw new Error('The runtime must hold the deflated kernels alone.');
  if (outside) throw new Error(`The runtime must not import core/${outside}: SOURCES does not name it.`);
  return `${BANNER}${chunk.code.trim()}\n`;
}

/** The bytes of the runtime, or null where the module is newer than everything that it is made of. */
export async function buildPackageFiles({ force = false } = {}) {
  if (!force && (await isFresh())) return null;
  const runtime = await bundle();
  const texts = { [RUNTIME]: runtime };
  for (const name of (await readdir(join(folder, 'package'))).toSorted()) texts[name] = await readFile(join(folder, 'package', name), 'utf8');
  const lines = [
    '// Written by core/export/web/build.mjs.',
    `export const RUNTIME_SHA256 = '${createHash('sha256').update(runtime).digest('hex')}';`,
    `export const PACKAGE_FILES: Readonly<Record<${Object.keys(texts).map((name) => `'${name}'`).join(' | ')}, string>> = {`,
    ...Object.entries(texts).map(([name, text]) => `  '${name}': ${JSON.stringify(text)},`),
    '};',
    '',
  ];
  await replace(OUTPUT, lines);
  return Buffer.byteLength(runtime);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const bytes = await buildPackageFiles({ force: process.argv.includes('--force') });
    if (bytes !== null) console.log(`bundled the web runtime: ${bytes} bytes`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
