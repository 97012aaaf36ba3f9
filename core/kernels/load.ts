import { KERNELS } from './index.ts';
import { SCRATCH_BYTES, type KernelCall, type KernelMemory, type LayerKernel, type StageKernels, type StageName, type Work } from './kernel.ts';
import { createLinearMemory, createPlainMemory } from './memory.ts';
import type { KernelProgram } from './program.ts';
import { createStageReference } from './stages/reference.ts';
import { createStagesSimd, STAGE_CALLS } from './stages/wasm.ts';
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
  /** A stage as work of a step. */
  stage<N extends StageName>(name: N, args: Parameters<StageKernels[N]>): Work;
  /** What runs a piece of work, all its items. */
  bind(work: Work): () => void;
}

/** Instruction sets that the kernels are built for. */
export type Build = 'relaxed' | 'simd';

export interface EngineOptions {
  readonly variant: 'wasm' | 'reference';
  /** The build to use instead of the best one; for tests and benchmarks. */
  readonly build?: Build;
  /** Room reserved at once; more is added as it is needed. */
  readonly initialBytes?: number;
}

/** Best first. */
const INSTRUCTION_SETS = [
  { id: 'relaxed', description: 'WebAssembly with relaxed SIMD' },
  { id: 'simd', description: 'WebAssembly with SIMD' },
] as const satisfies readonly { readonly id: Build; readonly description: string }[];

interface CompiledKernels {
  readonly module: WebAssembly.Module;
  readonly description: string;
}
/** Null: not available here. */
const compiled = new Map<string, CompiledKernels | null>();

function compileOnce(build: Build | undefined, shared: boolean): CompiledKernels | null {
  const key = `${build} ${shared}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const fresh = compile(build, shared);
  compiled.set(key, fresh);
  return fresh;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function compile(build: Build | undefined, shared: boolean): CompiledKernels | null {
  if (typeof WebAssembly === 'undefined') return null;
  for (const { id, description } of INSTRUCTION_SETS) {
    if (build !== undefined && build !== id) continue;
    const bytes = decodeBase64(WASM_BASE64[shared ? (`${id}-shared` as const) : id]);
    if (WebAssembly.validate(bytes)) return { module: new WebAssembly.Module(bytes), description };
  }
  return null;
}

/**
 * Synchronous, so for workers and Node: a page's main thread may not compile there and then. Without WebAssembly SIMD the
 * engine is the reference one, and its description says so.
 */
export function createEngine({ variant, build, initialBytes = 0 }: EngineOptions): KernelEngine {
  const fast = variant === 'wasm' ? compileOnce(build, false) : null;
  if (!fast) {
    const memory = createPlainMemory(initialBytes);
    const why = variant === 'wasm' ? ', because WebAssembly SIMD is not available here' : '';
    const stages = createStageReference(memory);
    return {
      memory,
      kernels: KERNELS.filter((kernel) => kernel.variant === 'reference'),
      stages,
      variant: 'reference',
      description: `plain TypeScript (reference)${why}`,
      stage: (name, args) => () => (stages[name] as (...numbers: readonly number[]) => void)(...args),
      bind: bindWith(null, 0),
    };
  }
  return assemble(fast, initialBytes, false).engine;
}

interface Assembled {
  readonly engine: KernelEngine;
  readonly module: WebAssembly.Module;
  readonly linear: WebAssembly.Memory;
  readonly program: KernelProgram;
}

/** An engine whose memory threads can share, with what they need of it. Null where the builds for it do not run. */
export function createSharedEngine({ build, initialBytes = 0 }: Omit<EngineOptions, 'variant'>): Assembled | null {
  const fast = compileOnce(build, true);
  return fast ? assemble(fast, initialBytes, true) : null;
}

function assemble({ module, description }: CompiledKernels, initialBytes: number, shared: boolean): Assembled {
  const { memory, linear } = createLinearMemory(initialBytes, shared);
  const program = new WebAssembly.Instance(module, { env: { memory: linear } }).exports as unknown as KernelProgram;
  const bind = bindWith(program, memory.allocate(SCRATCH_BYTES));
  const engine: KernelEngine = {
    memory,
    kernels: KERNELS,
    stages: createStagesSimd(bind),
    variant: 'wasm',
    description,
    stage: (name, args) => (STAGE_CALLS[name] as (...numbers: typeof args) => KernelCall)(...args),
    bind,
  };
  return { engine, module, linear, program };
}

function bindWith(program: KernelProgram | null, scratch: number): KernelEngine['bind'] {
  return (work) => {
    if (typeof work === 'function') return work;
    const compiledKernel = program?.[work.export] as ((...args: readonly number[]) => void) | undefined;
    if (!compiledKernel) throw new Error(`The engine has no compiled ${work.export}.`);
    const args = [...work.args, ...(work.items === undefined ? [] : [0, work.items]), ...(work.scratch ? [scratch] : [])];
    return () => compiledKernel(...args);
  };
}
