import { KERNELS } from './index.ts';
import { SCRATCH_BYTES, type KernelCall, type LayerKernel, type StageKernels, type StageName, type Work } from './kernel.ts';
import { createLinearMemory, createPlainMemory, type ReclaimableMemory } from './memory.ts';
import type { KernelProgram } from './program.ts';
import { createStageReference } from './stages/reference.ts';
import { createStagesSimd, STAGE_CALLS } from './stages/wasm.ts';
import { WASM_BASE64 } from './wasm-bytes.generated.ts';

/** A memory with everything that computes in it. Dropping the last use of it frees the memory. */
export interface KernelEngine {
  readonly memory: ReclaimableMemory;
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
  /**
   * Takes back everything that was allocated since the engine was made, and so ends what was prepared in it. For callers who
   * prepare one thing after another: engines reserve address space, of which there is room for some tens only.
   */
  reclaim(): void;
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

export interface CompiledKernels {
  readonly id: Build;
  readonly module: WebAssembly.Module;
  readonly description: string;
}
/** Null: not available here. */
const compiled = new Map<Build | undefined, CompiledKernels | null>();

function compileOnce(build: Build | undefined): CompiledKernels | null {
  const known = compiled.get(build);
  if (known !== undefined) return known;
  const fresh = compileBest(WASM_BASE64, build);
  compiled.set(build, fresh);
  return fresh;
}

export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The best module that runs here, or the one that is asked for. */
export function compileBest(modules: Readonly<Record<Build, string>>, build: Build | undefined): CompiledKernels | null {
  if (typeof WebAssembly === 'undefined') return null;
  for (const { id, description } of INSTRUCTION_SETS) {
    if (build !== undefined && build !== id) continue;
    const bytes = decodeBase64(modules[id]);
    if (WebAssembly.validate(bytes)) return { id, module: new WebAssembly.Module(bytes), description };
  }
  return null;
}

/** The same without holding up the caller, as a page's main thread needs it. */
export async function compileBestLater(bytesOf: (id: Build) => Promise<Uint8Array<ArrayBuffer>>, build: Build | undefined): Promise<CompiledKernels | null> {
  if (typeof WebAssembly === 'undefined') return null;
  for (const { id, description } of INSTRUCTION_SETS) {
    if (build !== undefined && build !== id) continue;
    const bytes = await bytesOf(id);
    if (WebAssembly.validate(bytes)) return { id, module: await WebAssembly.compile(bytes), description };
  }
  return null;
}

/**
 * Synchronous, so for workers and Node: a page's main thread may not compile there and then. Without WebAssembly SIMD the
 * engine is the reference one, and its description says so.
 */
export function createEngine({ variant, build, initialBytes = 0 }: EngineOptions): KernelEngine {
  const fast = variant === 'wasm' ? compileOnce(build) : null;
  return fast ? assemble(fast, initialBytes, false).engine : createReferenceEngine(initialBytes, variant === 'wasm');
}

/** The kernels that need nothing but the language. `instead`: of the compiled ones, which do not run here. */
export function createReferenceEngine(initialBytes: number, instead: boolean): KernelEngine {
  const memory = createPlainMemory(initialBytes);
  const stages = createStageReference(memory);
  const { used } = memory;
  return {
    memory,
    kernels: KERNELS.filter((kernel) => kernel.variant === 'reference'),
    stages,
    variant: 'reference',
    description: `plain TypeScript (reference)${instead ? ', because WebAssembly SIMD is not available here' : ''}`,
    stage: (name, args) => () => (stages[name] as (...numbers: readonly number[]) => void)(...args),
    bind: bindWith(null, 0),
    reclaim: () => memory.reclaim(used),
  };
}

interface Assembled {
  readonly engine: KernelEngine;
  readonly linear: WebAssembly.Memory;
  readonly program: KernelProgram;
}

/** An engine over a module, and what threads need of it. */
export function assemble({ id, module, description }: CompiledKernels, initialBytes: number, shared: boolean): Assembled {
  const { memory, linear } = createLinearMemory(initialBytes, shared);
  const program = new WebAssembly.Instance(module, { env: { memory: linear } }).exports as unknown as KernelProgram;
  const bind = bindWith(program, memory.allocate(SCRATCH_BYTES));
  const { used } = memory;
  const engine: KernelEngine = {
    memory,
    kernels: KERNELS.filter(({ needs }) => needs === undefined || needs === id),
    stages: createStagesSimd(bind),
    variant: 'wasm',
    description,
    stage: (name, args) => (STAGE_CALLS[name] as (...numbers: typeof args) => KernelCall)(...args),
    bind,
    reclaim: () => memory.reclaim(used),
  };
  return { engine, linear, program };
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
