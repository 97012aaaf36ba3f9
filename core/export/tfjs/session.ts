import { StudioError } from '../../base/errors.ts';
import { joined } from '../../base/joined.ts';
import type { ExportFile, ProofMachine } from '../exporter.ts';

interface TensorLike {
  readonly dataSync: () => ArrayLike<number>;
  readonly dispose: () => void;
}

interface GraphModelLike {
  readonly inputs: readonly { readonly name: string; readonly shape?: readonly number[] }[];
  readonly execute: (inputs: Record<string, TensorLike>, outputs: string[]) => TensorLike | TensorLike[];
  readonly dispose: () => void;
}

/** As much of TensorFlow.js as the proof uses; the packages themselves are no part of the core. */
export interface TfjsPackages {
  readonly core: {
    readonly tensor: (values: Float32Array, shape: number[]) => TensorLike;
    /** Which backend computes, for all of tfjs in this place; one that has started is set at once. */
    readonly engine: () => { readonly backendName: string | undefined; readonly setBackend: (name: string) => Promise<boolean> };
  };
  readonly converter: { readonly loadGraphModelSync: (source: [Record<string, unknown>, ArrayBuffer]) => GraphModelLike };
}

interface Manifest {
  readonly weightsManifest: readonly { readonly paths: readonly string[] }[];
}

/** What a loader gets that asks for model.json and then for the files that it names. */
function artefactsOf(files: readonly ExportFile[]): [Record<string, unknown>, ArrayBuffer] {
  const [main] = files;
  const folder = main.path.slice(0, main.path.lastIndexOf('/') + 1);
  const json = JSON.parse(new TextDecoder().decode(main.bytes)) as Record<string, unknown> & Manifest;
  const shards = json.weightsManifest.flatMap(({ paths }) =>
    paths.map((path) => {
      const shard = files.find((file) => file.path === folder + path);
      if (!shard) throw new StudioError(`model.json names "${path}", which was not written.`, { where: main.path });
      return shard.bytes;
    }),
  );
  const weights = joined(shards);
  return [json, weights.buffer];
}

/**
 * Opens models on tfjs' plain JavaScript backend, one sample at a time. The trainer puts kernels of its own into the WebAssembly backend,
 * which would prove nothing; and since the backend is one setting for everything, it is set and put back within calls that nothing interrupts.
 */
export function tfjsOpener(load: () => Promise<TfjsPackages>): NonNullable<ProofMachine['openTfjs']> {
  return async (files) => {
    const { core, converter } = await load();
    const engine = core.engine();
    const onItsBackend = <T>(work: () => T): T => {
      const before = engine.backendName;
      void engine.setBackend('cpu');
      try {
        return work();
      } finally {
        if (before !== undefined && before !== 'cpu') void engine.setBackend(before);
      }
    };
    const model = onItsBackend(() => converter.loadGraphModelSync(artefactsOf(files)));
    const [input] = model.inputs;
    const shape = (input.shape ?? []).map((size) => (size < 0 ? 1 : size));
    return {
      run: (sample, names) =>
        onItsBackend(() => {
          const given = core.tensor(sample, shape);
          const results = [model.execute({ [input.name]: given }, [...names])].flat();
          const values = results.map((result) => Float32Array.from(result.dataSync()));
          for (const tensor of [given, ...results]) tensor.dispose();
          return values;
        }),
      close: () => onItsBackend(() => model.dispose()),
    };
  };
}
