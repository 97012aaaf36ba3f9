// Compiles the AssemblyScript kernels into WebAssembly modules and writes their bytes into TypeScript files: for inference and for
// training, each for memory of one thread and for shared memory, which only those load who divide work.
// Usage: node core/kernels/build.mjs [--force]
import { readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const trainFolder = join(folder, '..', 'train', 'kernels');

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

/** Training: every file of an `assembly` folder below core/train/kernels, except those in core/train/kernels/assembly itself. */
async function trainingEntries() {
  const files = (await readdir(trainFolder, { recursive: true })).map((file) => file.replaceAll('\\', '/'));
  return files.filter((file) => /^.+\/assembly\/[^/]+\.ts$/.test(file)).toSorted().map((file) => `../train/kernels/${file}`);
}

const RELAXED = ['--enable', 'simd', '--enable', 'relaxed-simd'];
const SIMD = ['--enable', 'simd'];
/** A memory that threads share must say so in the module, and have a limit: 2 GiB in pages of 64 KiB. */
const SHARED = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '32768'];
/** The same sources for each instruction set and kind of memory; of the sets, the loaders take the best one that validates. */
const BUILDS = [
  { id: 'relaxed', shared: false, flags: RELAXED },
  { id: 'simd', shared: false, flags: SIMD },
  { id: 'relaxed', shared: true, flags: [...RELAXED, ...SHARED] },
  { id: 'simd', shared: true, flags: [...SIMD, ...SHARED] },
];

const MODULES = [
  { name: 'kernels', folder, entries: () => ENTRIES },
  // Training kernels run in the memory of TensorFlow.js: whatever they brought along would overwrite its own.
  { name: 'training', folder: trainFolder, entries: trainingEntries, bare: true },
];

const outputOf = (module, shared) => join(module.folder, shared ? 'wasm-bytes-shared.generated.ts' : 'wasm-bytes.generated.ts');
const OUTPUTS = MODULES.flatMap((module) => [false, true].map((shared) => outputOf(module, shared)));

/** No `memory.data` in the sources: a data segment would be written again by every instance that shares the memory. */
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--initialMemory', '1', '--noExportMemory'];

async function modifiedMs(path) {
  return (await stat(path)).mtimeMs;
}

async function isFresh() {
  const sources = [];
  for (const root of [folder, trainFolder]) {
    const files = await readdir(root, { recursive: true });
    sources.push(...files.filter((file) => /(^|[\\/])assembly[\\/][^\\/]+\.ts$/.test(file)).map((file) => join(root, file)));
  }
  try {
    const builtMs = Math.min(...(await Promise.all(OUTPUTS.map(modifiedMs))));
    const times = await Promise.all([...sources, fileURLToPath(import.meta.url)].map(modifiedMs));
    return times.every((time) => time < builtMs);
  } catch {
    return false;
  }
}

/** Ids of the sections of a module (WebAssembly core specification, §5.5.2). */
function sectionsOf(bytes) {
  const ids = [];
  for (let at = 8; at < bytes.length; ) {
    ids.push(bytes[at++]);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
  }
  return ids;
}

const FORBIDDEN_WHEN_BARE = { 4: 'a table', 6: 'a global', 8: 'a start function', 11: 'a data segment' };

async function compile(module, build) {
  const asc = await import('assemblyscript/asc');
  let bytes;
  const said = [];
  const { error } = await asc.main([...(await module.entries()), ...FLAGS, ...build.flags, '--outFile', 'kernels.wasm'], {
    stdout: { write: () => {} },
    stderr: { write: (text) => said.push(String(text)) },
    readFile: (name, base) => readFile(join(base === '.' ? folder : join(folder, base), name), 'utf8').catch(() => null),
    writeFile: (_name, contents) => {
      bytes = contents;
    },
    listFiles: () => [],
  });
  if (error || !bytes) throw new Error(`The ${module.name} did not compile (${build.id}).\n${said.join('')}${error ?? ''}`);
  const section = module.bare ? sectionsOf(bytes).find((id) => id in FORBIDDEN_WHEN_BARE) : undefined;
  if (section !== undefined) throw new Error(`The ${module.name} must not have ${FORBIDDEN_WHEN_BARE[section]}.`);
  // An engine without relaxed SIMD cannot check that build; the tests in Chromium do.
  if (!WebAssembly.validate(bytes)) {
    if (build.id === 'relaxed') return bytes;
    throw new Error(`The compiled ${module.name} (${build.id}) are not valid WebAssembly.`);
  }
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map((i) => `${i.module}.${i.name}`).join(', ');
  if (imports !== 'env.memory') throw new Error(`The kernels may import env.memory only, not ${imports}.`);
  return bytes;
}

export async function buildKernels({ force = false } = {}) {
  if (!force && (await isFresh())) return null;
  const sizes = {};
  for (const module of MODULES) {
    for (const shared of [false, true]) {
      const lines = ['// Written by core/kernels/build.mjs.', `export const ${shared ? 'SHARED_WASM_BASE64' : 'WASM_BASE64'} = {`];
      for (const build of BUILDS.filter((candidate) => candidate.shared === shared)) {
        const bytes = await compile(module, build);
        sizes[`${module.name} ${build.id}${shared ? ' shared' : ''}`] = bytes.length;
        lines.push(`  '${build.id}': '${Buffer.from(bytes).toString('base64')}',`);
      }
      lines.push('} as const;', '');
      // Renamed into place: a test run beside this one never reads half a file.
      const output = outputOf(module, shared);
      const temporary = `${output}.${process.pid}.tmp`;
      await writeFile(temporary, lines.join('\n'));
      await rename(temporary, output);
    }
  }
  return sizes;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const sizes = await buildKernels({ force: process.argv.includes('--force') });
    if (sizes) console.log(`compiled: ${Object.entries(sizes).map(([id, size]) => `${id} ${size} bytes`).join(', ')}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
