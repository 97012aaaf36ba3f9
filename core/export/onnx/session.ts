import { StudioError } from '../../base/errors.ts';
import type { Stored } from '../../runtime/program.ts';
import type { ProofMachine } from '../exporter.ts';

interface OnnxTensorLike {
  readonly data: unknown;
}

interface OnnxSessionLike {
  readonly inputMetadata: readonly { readonly name: string; readonly shape?: readonly (number | string)[] }[];
  run(feeds: Record<string, OnnxTensorLike>): Promise<Readonly<Record<string, OnnxTensorLike>>>;
  release(): Promise<void>;
}

/** As much of ONNX Runtime Web as the proof uses; the package itself is no part of the core. */
export interface OnnxRuntimeLike {
  readonly createSession: (model: Uint8Array) => Promise<OnnxSessionLike>;
  readonly tensor: (values: Float32Array, dims: readonly number[]) => OnnxTensorLike;
}

function stored(name: string, { data }: OnnxTensorLike): Stored {
  if (data instanceof Float32Array || data instanceof Int8Array || data instanceof Uint8Array) return data;
  throw new StudioError(`The ONNX runtime gave "${name}" in a type that the file does not have.`);
}

/** Opens models one sample at a time; the runtime is loaded with the first. */
export function onnxOpener(load: () => Promise<OnnxRuntimeLike>): NonNullable<ProofMachine['openOnnx']> {
  return async (model) => {
    const runtime = await load();
    const session = await runtime.createSession(model);
    const shapes = new Map(session.inputMetadata.map(({ name, shape }) => [name, (shape ?? []).map((size) => (typeof size === 'number' ? size : 1))]));
    return {
      async run(inputs) {
        const feeds = Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, runtime.tensor(values, shapes.get(name) ?? [values.length])]));
        const results = await session.run(feeds);
        return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, stored(name, tensor)]));
      },
      close: () => void session.release(),
    };
  };
}
