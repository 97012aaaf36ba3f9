import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The build's folder: where this file ended up in it, or the repository's when run from the sources. */
function outFolder(): string {
  const here = import.meta.dirname;
  for (const folder of [here, join(here, '..')]) if (existsSync(join(folder, 'bitwright.js'))) return join(folder, '..');
  return join(here, '..', '..', 'out');
}

/** The built page. */
export const PAGE_FOLDER = join(outFolder(), 'renderer');
/** What a helper thread of the kernels runs. */
export const KERNEL_THREAD = join(outFolder(), 'cli', 'kernel-thread.js');
/** What the thread runs that proves exported C. */
export const PROOF_THREAD = join(outFolder(), 'cli', 'proof-thread.js');
/** ONNX Runtime's WebAssembly file, for proving what was written. */
export const ONNX_WASM_FILE = join(outFolder(), 'cli', 'onnxruntime', 'ort-wasm-simd-threaded.wasm');
/** LiteRT's script and WebAssembly file, for the same. */
export const LITERT_FOLDER = join(outFolder(), 'cli', 'litert');
/** tfjs' WebAssembly files; ends in a separator, as the training library wants it. */
export const TFJS_WASM_FOLDER = join(outFolder(), 'cli', 'tfjs', '/');
