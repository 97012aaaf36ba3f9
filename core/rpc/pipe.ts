/** The smallest thing two ends of a boundary need: worker, MessagePort, WebSocket or an in-memory pair. */
export interface Pipe {
  send(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Returns the function that stops listening. */
  onMessage(listener: (message: unknown) => void): () => void;
  /** The other end is gone; the reason is a sentence. Called at most once. Returns the function that stops listening. */
  onClose?(listener: (reason: string) => void): () => void;
}

/** What every service is handed beside its argument. */
export interface ServiceContext<P = unknown> {
  readonly signal: AbortSignal;
  readonly report: (progress: P) => void;
}

/** A service is a plain function; a table of them is what a pipe serves. `any` is confined to this constraint. */
// oxlint-disable-next-line no-explicit-any
export type Service = (arg: any, context: ServiceContext<any>) => unknown;
export type ServiceTable = Readonly<Record<string, Service>>;

export type ArgOf<S extends Service> = Parameters<S>[0];
export type ResultOf<S extends Service> = Awaited<ReturnType<S>>;
export type ProgressOf<S extends Service> = Parameters<Parameters<S>[1]['report']>[0];

export interface CallOptions<P> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: P) => void;
  /** Buffers inside the argument that move instead of being copied. */
  readonly transfer?: readonly ArrayBuffer[];
}

/** The typed caller's side of a service table. */
export type Client<T extends ServiceTable> = {
  readonly [K in keyof T]: (arg: ArgOf<T[K]>, options?: CallOptions<ProgressOf<T[K]>>) => Promise<ResultOf<T[K]>>;
};
