import { StudioError } from '../../base/errors.ts';
import type { ProofMachine } from '../exporter.ts';

/** Handles of the runtime's own memory. */
interface Owned {
  delete(): void;
}

interface ListLike extends Owned {
  size(): number;
  get(index: number): string;
}

type TensorTypeLike = Owned & { bytes(): number };

interface ModelLike extends Owned {
  getSignature(index: number): Owned & { inputNames(): ListLike; outputNames(): ListLike };
  getInputTensorType(signature: number, input: number): TensorTypeLike;
}

interface TensorLike extends Owned {
  lock(mode: unknown): number;
  unlock(): void;
  packedSize(): number;
}

interface CompiledLike extends Owned {
  run(signature: number, inputs: readonly TensorLike[]): Promise<readonly TensorLike[]>;
}

/** As much of LiteRT's WebAssembly module as the proof uses; the package itself is no part of the core. */
export interface LiteRtModule {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
  readonly LiteRtEnvironment: { create(gpu: null): Owned };
  readonly LiteRtTensorBufferType: { readonly HOST_MEMORY: unknown };
  readonly LiteRtTensorBufferLockMode: { readonly READ: unknown; readonly WRITE: unknown };
  readonly LiteRtTensorBuffer: { createManaged(environment: Owned, type: unknown, tensor: TensorTypeLike, bytes: number): TensorLike };
  loadModel(environment: Owned, at: number, bytes: number): ModelLike;
  compileModel(environment: Owned, model: ModelLike, options: object): Promise<CompiledLike>;
}

/** Settings of an Emscripten module. */
export interface ModuleSettings {
  readonly wasmBinary?: Uint8Array;
  readonly locateFile?: (name: string) => string;
  /** The runtime writes its log, errors too, to both. */
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
}

/** A script of the package gives this. */
export type LiteRtFactory = (settings: ModuleSettings) => Promise<LiteRtModule>;

function names(list: ListLike): readonly string[] {
  const found = Array.from({ length: list.size() }, (_, i) => list.get(i));
  list.delete();
  return found;
}

function refusal(reason: string): StudioError {
  return new StudioError(`LiteRT does not open the written file${reason === '' ? '' : ` (${reason})`}.`);
}

/**
 * Opens models; the runtime is loaded with the first, and tells `say` what it has to report. Tensors are given and taken as their
 * bytes.
 */
export function tfliteOpener(load: (say: (line: string) => void) => Promise<LiteRtModule>): NonNullable<ProofMachine['openTflite']> {
  let loading: Promise<LiteRtModule> | null = null;
  let environment: Owned | null = null;
  const complaints: string[] = [];
  const say = (line: string): void => {
    if (line.startsWith('ERROR')) complaints.push(line);
  };
  /** Where it could not prepare an operator, it gives results that it did not compute, and only says so. */
  const check = (): void => {
    if (complaints.length > 0) throw refusal(complaints[0].replace(/^ERROR: /, ''));
  };
  return async (bytes) => {
    const runtime = await (loading ??= load(say));
    environment ??= runtime.LiteRtEnvironment.create(null);
    const own = environment;
    // The runtime reads weights where they lie, so this stays until the model is closed.
    const at = runtime._malloc(bytes.length);
    runtime.HEAPU8.set(bytes, at);
    let model: ModelLike;
    let compiled: CompiledLike;
    try {
      model = runtime.loadModel(own, at, bytes.length);
      compiled = await runtime.compileModel(own, model, { environment: { liteRtEnvironment: own }, accelerator: 'wasm', cpuOptions: { numThreads: 1 }, gpuOptions: {}, webNNOptions: {} });
    } catch (error) {
      runtime._free(at);
      throw refusal(error instanceof Error ? error.message : '');
    }
    const signature = model.getSignature(0);
    const [inputs, outputs] = [names(signature.inputNames()), names(signature.outputNames())];
    signature.delete();
    const types = inputs.map((_, index) => model.getInputTensorType(0, index));
    const { READ, WRITE } = runtime.LiteRtTensorBufferLockMode;
    const given = (index: number, values: Uint8Array): TensorLike => {
      if (values.length !== types[index].bytes()) throw new StudioError(`The input "${inputs[index]}" takes ${types[index].bytes()} bytes, not ${values.length}.`);
      const tensor = runtime.LiteRtTensorBuffer.createManaged(own, runtime.LiteRtTensorBufferType.HOST_MEMORY, types[index], values.length);
      runtime.HEAPU8.set(values, tensor.lock(WRITE));
      tensor.unlock();
      return tensor;
    };
    const taken = (tensor: TensorLike): Uint8Array => {
      const from = tensor.lock(READ);
      const values = runtime.HEAPU8.slice(from, from + tensor.packedSize());
      tensor.unlock();
      tensor.delete();
      return values;
    };
    return {
      async run(values) {
        const tensors = inputs.map((name, index) => given(index, values[name]));
        complaints.length = 0;
        const results = await compiled.run(0, tensors);
        const stored = results.map((tensor, index) => [outputs[index], taken(tensor)] as const);
        for (const tensor of tensors) tensor.delete();
        check();
        return Object.fromEntries(stored);
      },
      close() {
        for (const type of types) type.delete();
        compiled.delete();
        model.delete();
        runtime._free(at);
      },
    };
  };
}
