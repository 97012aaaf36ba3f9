import type { TensorInfo } from '@tensorflow/tfjs-core';
import { StudioError } from '../../base/errors.ts';
import { elementCount } from '../../graph/graph.ts';
import { compileBest, type Build } from '../../kernels/load.ts';
import { createTeam, type SpawnThread, type ThreadTeam } from '../../kernels/team.ts';
import { MOST_ARGUMENTS } from '../../kernels/thread.mjs';

/** tfjs' WebAssembly backend, as far as its memory is concerned. */
export interface HeapBackend {
  makeOutput(shape: readonly number[], dtype: 'float32'): TensorInfo;
  typedArrayFromHeap(info: TensorInfo): Float32Array;
  readonly dataIdMap: { get(id: object): { id: number; readonly memoryOffset: number; readonly shape: readonly number[] } };
  dataIdNextNumber: number;
  refCount(id: object): number;
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(address: number): void;
    readonly tfjs: { disposeData(id: number): void; registerTensor(id: number, size: number, offset: number): void };
  };
}

/** One call of a compiled training kernel. The export takes (...args), with `items` also (from, to) and with `scratchBytes` a slot. */
export interface TrainingCall {
  readonly export: string;
  /** Byte addresses, counts and float32 factors alike. */
  readonly args: readonly number[];
  /** Work items that may be divided among threads; without, one thread makes the call. */
  readonly items?: number;
  /** Parts begin at multiples of it. Default 1. */
  readonly grain?: number;
  /** Bytes that each thread has to itself for the call; `scratchAt(slot)` is their address, 64-byte aligned, not cleared. */
  readonly scratchBytes?: number;
}

/**
 * The compiled training kernels on tfjs' own heap: tensors are read and written where they lie. Addresses stay valid when the
 * heap grows; typed arrays over it do not.
 */
export interface TrainingKernels {
  readonly build: Build;
  readonly threads: number;
  readonly backend: HeapBackend;
  run(call: TrainingCall): void;
  addressOf(tensor: TensorInfo): number;
  /** Not cleared. */
  output(shape: readonly number[]): TensorInfo;
  /** Memory under a name that stays until a larger one is asked for: what one operator needs while it runs. Not cleared. */
  workspace(name: string, bytes: number): number;
  /** A view of the heap for TypeScript; dead after the next allocation. */
  view(address: number, length: number): Float32Array;
  /** Tells XNNPACK, which keeps packed copies of weights by tensor, that this tensor was written in place. */
  written(tensor: TensorInfo): void;
  dispose(): void;
}

export interface TrainingKernelOptions {
  readonly build?: Build;
  readonly threads: number;
  /** Null: one thread. */
  readonly spawn: SpawnThread | null;
}

const ALIGNMENT = 64;
const FEWEST_SCRATCH_BYTES = 65536;

/** Null where WebAssembly SIMD is not available. */
export async function createTrainingKernels(backend: HeapBackend, { build, threads, spawn }: TrainingKernelOptions): Promise<TrainingKernels | null> {
  const { wasm } = backend;
  const { memory } = wasm.asm;
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  // Bytes of one kind of memory do not fit the other; only one of the two is decoded.
  const bytes = isShared ? (await import('./wasm-bytes-shared.generated.ts')).SHARED_WASM_BASE64 : (await import('./wasm-bytes.generated.ts')).WASM_BASE64;
  const compiled = compileBest(bytes, build);
  if (!compiled) return null;
  const program = new WebAssembly.Instance(compiled.module, { env: { memory } }).exports as Readonly<Record<string, (...args: readonly number[]) => void>>;
  const indices = new Map(Object.keys(program).map((name, index) => [name, index]));

  const allocate = (size: number): { readonly raw: number; readonly address: number } => {
    const raw = wasm._malloc(size + ALIGNMENT) >>> 0;
    if (raw === 0) throw new StudioError(`Training needs ${Math.ceil(size / 2 ** 20)} MiB more memory than can be had here.`, { next: 'Choose a smaller batch.' });
    return { raw, address: (raw + ALIGNMENT - 1) & -ALIGNMENT };
  };
  const regions = new Map<string, { readonly raw: number; readonly address: number; readonly size: number }>();
  const workspace = (name: string, size: number): number => {
    const known = regions.get(name);
    if (known && known.size >= size) return known.address;
    if (known) wasm._free(known.raw);
    const fresh = { ...allocate(size), size };
    regions.set(name, fresh);
    return fresh.address;
  };

  /** One word for each thread, a cache line apart: the address of its scratch. */
  const slots = allocate(threads * ALIGNMENT).address;
  const slotOf = (thread: number): number => slots + thread * ALIGNMENT;
  let scratchBytes = 0;
  const reserveScratch = (size: number): void => {
    if (size <= scratchBytes) return;
    scratchBytes = Math.ceil(Math.max(size, FEWEST_SCRATCH_BYTES) / ALIGNMENT) * ALIGNMENT;
    for (let thread = 0; thread < threads; thread++) {
      const address = workspace(`scratch of thread ${thread}`, scratchBytes);
      new Uint32Array(memory.buffer, slotOf(thread), 1)[0] = address;
    }
  };
  const team: ThreadTeam | null =
    isShared && spawn && threads > 1 ? await createTeam({ module: compiled.module, memory, program, threads, spawn, scratchOf: slotOf }) : null;

  return {
    build: compiled.id,
    threads: team?.threads ?? 1,
    backend,
    run({ export: name, args, items, grain = 1, scratchBytes: wanted }) {
      const index = indices.get(name);
      if (index === undefined) throw new StudioError(`The training kernels have no ${name}.`, { next: 'Build the kernels again.' });
      if (wanted !== undefined) reserveScratch(wanted);
      if (team && items !== undefined && items > grain && args.length <= MOST_ARGUMENTS) {
        team.run({ index, args, items, grain, scratch: wanted !== undefined });
        return;
      }
      program[name](...args, ...(items === undefined ? [] : [0, items]), ...(wanted === undefined ? [] : [slotOf(0)]));
    },
    addressOf: ({ dataId }) => backend.dataIdMap.get(dataId).memoryOffset >>> 0,
    output: (shape) => backend.makeOutput(shape, 'float32'),
    workspace,
    view: (address, length) => new Float32Array(memory.buffer, address, length),
    written({ dataId }) {
      const data = backend.dataIdMap.get(dataId);
      wasm.tfjs.disposeData(data.id);
      data.id = backend.dataIdNextNumber++;
      wasm.tfjs.registerTensor(data.id, elementCount(data.shape), data.memoryOffset);
    },
    dispose: () => team?.dispose(),
  };
}
