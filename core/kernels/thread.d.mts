export const CONTROL: Readonly<
  Record<'generation' | 'remaining' | 'sleeping' | 'ready' | 'stop' | 'failed' | 'export' | 'argumentCount' | 'items' | 'scratch' | 'grain', number>
>;
export const CONTROL_WORDS: number;
export const MOST_ARGUMENTS: number;
export const CONTROL_BYTES: number;

/** What a helper thread is started with; every part can be sent to a worker. */
export interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  readonly exports: readonly string[];
  readonly thread: number;
  readonly threads: number;
  readonly scratch: number;
}
export function runThread(start: ThreadStart): void;
export function waitWhile(control: Int32Array, index: number, value: number): void;
export function partStart(items: number, thread: number, threads: number, grain: number): number;
