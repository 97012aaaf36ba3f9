export const CONTROL: Readonly<
  Record<'ticket' | 'remaining' | 'sleeping' | 'ready' | 'stop' | 'failed' | 'export' | 'argumentCount' | 'items' | 'scratch' | 'grain', number>
>;
export const CONTROL_WORDS: number;
export const MOST_ARGUMENTS: number;
export const CONTROL_BYTES: number;
export const PARTS_PER_THREAD: number;
export const MOST_THREADS: number;

/** What a helper thread is started with; everything can be sent to a worker. */
export interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  /** Names of the module's functions; calls say which by position. */
  readonly exports: readonly string[];
  /** Parts that every call is divided into. */
  readonly parts: number;
  readonly scratch: number;
}
export function runThread(start: ThreadStart): void;
export function partTaker(team: {
  readonly control: SharedArrayBuffer;
  readonly functions: readonly ((...args: readonly number[]) => void)[];
  readonly parts: number;
  readonly scratch: number;
}): () => number;
export function waitWhile(control: Int32Array, index: number, value: number): void;
