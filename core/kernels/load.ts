import { KERNELS } from './index.ts';
import type { KernelMemory, LayerKernel, StageKernels } from './kernel.ts';
import { createLinearMemory, createPlainMemory } from './memory.ts';
import type { KernelProgram } from './program.ts';
import { createStageReference } from './stages/reference.ts';
import { createStagesSimd } from './stages/wasm.ts';
import { WASM_BASE64 } from './wasm-bytes.generated.ts';

/** A memory with everything that computes in it. Dropping the last use of it frees the memory. */
export interface KernelEngine {
  readonly memory: KernelMemory;
  /** Fastest first; the reference kernels come last in every engine. */
  readonly kernels: readonly LayerKernel[];
  readonly stages: StageKernels;
  readonly variant: 'reference' | 'wasm';
  /** Shown to the user, e.g. "WebAssembly with SIMD". */
  readonly description: string;
}

export interface EngineOptions {
  readonly variant: 'wasm' | 'reference';
  /** Room reserved at once; more is added as it is needed. */
  readonly initialBytes?: number;
}

/** Best first. */
const INSTRUCTION_SETS = [{ id: 'simd', description: 'WebAssembly with SIMD' }] as const;

interface CompiledKernels {
  readonly module: WebAssembly.Module;
  readonly description: string;
}
/** undefined: not tried yet; null: not available here. */
let compiled: CompiledKernels | null | undefined;

function compileOnce(): CompiledKernels | null {
  if (compiled === undefined) compiled = compileBest();
  return compiled;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function compileBest(): CompiledKernels | null {
  if (typeof WebAssembly === 'undefined') return null;
  for (const { id, description } of INSTRUCTION_SETS) {
    const bytes = decodeBase64(WASM_BASE64[id]);
    if (WebAssembly.validate(bytes)) return { module: new WebAssembly.Module(bytes), description };
  }
  return null;
}

/**
 * Synchronous, so for workers and Node: a page's main thread may not compile there and then. Without WebAssembly SIMD the
 * engine is the reference one, and its description says so.
 */
export function createEngine({ variant, initialBytes = 0 }: EngineOptions): KernelEngine {
  const fast = variant === 'wasm' ? compileOnce() : null;
  if (!fast) {
    const memory = createPlainMemory(initialBytes);
    const why = variant === 'wasm' ? ', because WebAssembly SIMD is not available here' : '';
    return {
      memory,
      kernels: KERNELS.flatMap((row) => (row.variant === 'reference' ? [row.kernel] : [])),
      stages: createStageReference(memory),
      variant: 'reference',
      description: `plain TypeScript (reference)${why}`,
    };
  }
  const { memory, linear } = createLinearMemory(initialBytes);
  const instance = new WebAssembly.Instance(fast.module, { env: { memory: linear } });
  const program = instance.exports as unknown as KernelProgram;
  return {
    memory,
    kernels: KERNELS.map((row) => (row.variant === 'reference' ? row.kernel : row.create(program))),
    stages: createStagesSimd(program),
    variant: 'wasm',
    description: fast.description,
  };
}
