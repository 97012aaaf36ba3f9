/** Bytes of a `.bitw` file, or what gives them: `await fetch('network.bitw')`, or a `File` that a person picked. */
export type Source = Uint8Array | ArrayBuffer | { arrayBuffer(): Promise<ArrayBuffer>; readonly ok?: boolean; readonly status?: number };

export interface LoadOptions {
  /** Named in errors. */
  readonly name?: string;
  /** Which of the two WebAssembly builds to use; the best that runs here where left out. `simd` gives the same bits everywhere. */
  readonly build?: 'relaxed' | 'simd';
  /** Keeps what every step stored, for `read`; takes more memory. */
  readonly inspect?: boolean;
}

/** One stored tensor of the network. Signs are packed: a bit a channel, 1 for +1, each pixel padded to 64 bits. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly format: 'float32' | 'int8' | 'sign';
}

export interface Network {
  readonly name: string;
  /** Of one sample without the batch, NHWC: `[height, width, channels]` or `[features]`. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** What computes it, such as "WebAssembly with relaxed SIMD". */
  readonly engine: string;
  /** One sample, preprocessed as in training: as many numbers as `inputShape` says. The result is the caller's own. */
  run(input: Float32Array): Float32Array;
  readonly tensors: readonly StoredTensor[];
  /** What the last run stored in `tensors[index]`; only of a network that was loaded with `inspect`. */
  read(index: number): Float32Array | Int8Array | Uint8Array;
}

/** Reads a packed network and prepares it to run on this thread. Rejects with an Error where the file is damaged or too new. */
export function loadNetwork(source: Source, options?: LoadOptions): Promise<Network>;
