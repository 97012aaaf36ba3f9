// Compiles the AssemblyScript kernels into one WebAssembly module a build and writes their bytes into TypeScript files: one for
// memory of one thread, one for shared memory, which only those load who divide work.
// Usage: node core/kernels/build.mjs [--force]
import { readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const outputs = { WASM_BASE64: join(folder, 'wasm-bytes.generated.ts'), SHARED_WASM_BASE64: join(folder, 'wasm-bytes-shared.generated.ts') };

/** Files whose exports become exports of the module; they may import the others in `assembly` folders. */
const ENTRIES = [
  'assembly/copy-rows.ts',
  'binary-conv/assembly/binary-conv-p1c32-lookup.ts',
  'binary-conv/assembly/sign-tables.ts',
  'few-code-conv/assembly/few-code-conv-p4c8-dot8.ts',
  'float32-conv/assembly/float32-conv-c8-simd.ts',
  'float32-depthwise/assembly/float32-depthwise-simd.ts',
  'float32-depthwise/assembly/float32-depthwise3x3-simd.ts',
  'float32-winograd/assembly/float32-winograd-simd.ts',
  'integer-conv/assembly/integer-conv-p4c8-dot16-simd.ts',
  'integer-depthwise/assembly/integer-depthwise-c8-simd.ts',
  'operators/assembly/elements-simd.ts',
  'operators/assembly/exponential-simd.ts',
  'operators/assembly/move-simd.ts',
  'operators/assembly/pool-simd.ts',
  'stages/assembly/sign-pool.ts',
  'stages/assembly/stages.ts',
  'xnor-conv/assembly/sign-pairs.ts',
  'xnor-conv/assembly/xnor-conv-lookup.ts',
  'xnor-conv/assembly/xnor-conv-p2c4-popcnt64.ts',
  'xnor-conv/assembly/xnor-dense-popcount.ts',
  'xnor-depthwise/assembly/expand-signs.ts',
];

const RELAXED = ['--enable', 'simd', '--enable', 'relaxed-simd'];
const SIMD = ['--enable', 'simd'];
/** A memory that threads share must say so in the module, and have a limit: 2 GiB in pages of 64 KiB. */
const SHARED = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '32768'];
/** The same sources for each instruction set and kind of memory; of the sets, `load.ts` takes the best one that validates. */
const BUILDS = [
  { id: 'relaxed', to: 'WASM_BASE64', flags: RELAXED },
  { id: 'simd', to: 'WASM_BASE64', flags: SIMD },
  { id: 'relaxed', to: 'SHARED_WASM_BASE64', flags: [...RELAXED, ...SHARED] },
  { id: 'simd', to: 'SHARED_WASM_BASE64', flags: [...SIMD, ...SHARED] },
];

/** No `memory.data` in the sources: a data segment would be written again by every instance that shares the memory. */
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--initialMemory', '1', '--noExportMemory'];

async function modifiedMs(path) {
  return (await stat(path)).mtimeMs;
}

async function isFresh() {
  const files = await readdir(folder, { recursive: true });
  const sources = files.filter((file) => /(^|[\\/])assembly[\\/][^\\/]+\.ts$/.test(file)).map((file) => join(folder, file));
  try {
    const builtMs = Math.min(...(await Promise.all(Object.values(outputs).map(modifiedMs))));
    const times = await Promise.all([...sources, fileURLToPath(import.meta.url)].map(modifiedMs));
    return times.every((time) => time < builtMs);
  } catch {
    return false;
  }
}

async function compile(build) {
  const asc = await import('assemblyscript/asc');
  let bytes;
  const said = [];
  const { error } = await asc.main([...ENTRIES, ...FLAGS, ...build.flags, '--outFile', 'kernels.wasm'], {
    stdout: { write: () => {} },
    stderr: { write: (text) => said.push(String(text)) },
    readFile: (name, base) => readFile(join(base === '.' ? folder : join(folder, base), name), 'utf8').catch(() => null),
    writeFile: (_name, contents) => {
      bytes = contents;
    },
    listFiles: () => [],
  });
  if (error || !bytes) throw new Error(`The kernels did not compile (${build.id}).\n${said.join('')}${error ?? ''}`);
  // An engine without relaxed SIMD cannot check that build; the tests in Chromium do.
  if (!WebAssembly.validate(bytes)) {
    if (build.id === 'relaxed') return bytes;
    throw new Error(`The compiled kernels (${build.id}) are not valid WebAssembly.`);
  }
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map((i) => `${i.module}.${i.name}`).join(', ');
  if (imports !== 'env.memory') throw new Error(`The kernels may import env.memory only, not ${imports}.`);
  return bytes;
}

export async function buildKernels({ force = false } = {}) {
  if (!force && (await isFresh())) return null;
  const sizes = {};
  for (const [name, output] of Object.entries(outputs)) {
    const lines = ['// Written by core/kernels/build.mjs.', `export const ${name} = {`];
    for (const build of BUILDS.filter(({ to }) => to === name)) {
      const bytes = await compile(build);
      sizes[`${build.id}${name.startsWith('SHARED') ? ' shared' : ''}`] = bytes.length;
      lines.push(`  '${build.id}': '${Buffer.from(bytes).toString('base64')}',`);
    }
    lines.push('} as const;', '');
    // Renamed into place: a test run beside this one never reads half a file.
    const temporary = `${output}.${process.pid}.tmp`;
    await writeFile(temporary, lines.join('\n'));
    await rename(temporary, output);
  }
  return sizes;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const sizes = await buildKernels({ force: process.argv.includes('--force') });
    if (sizes) console.log(`kernels: ${Object.entries(sizes).map(([id, size]) => `${id} ${size} bytes`).join(', ')}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
