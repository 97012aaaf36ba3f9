import { StudioError } from '../base/errors.ts';
import type { KernelMemory } from './kernel.ts';

const PAGE_BYTES = 65536;
/** Offset 0 is never handed out. */
const FIRST_OFFSET = 16;

/**
 * Allocation only moves forward and may grow, which replaces `buffer`: offsets stay, views made before do not.
 * So allocate everything first, then create views (`memoryViews` does that by itself).
 */
function bumpMemory(current: () => ArrayBufferLike, grow: (bytes: number) => void): KernelMemory {
  let next = FIRST_OFFSET;
  return {
    allocate(bytes) {
      const offset = next;
      const end = offset + Math.ceil(bytes / 16) * 16;
      if (end > current().byteLength) {
        try {
          grow(end);
        } catch (cause) {
          throw new StudioError(`The network needs ${Math.ceil(end / 2 ** 20)} MiB of working memory, more than can be had here.`, {
            next: 'Close other work, or choose a smaller input size.',
            cause,
          });
        }
      }
      next = end;
      return offset;
    },
    get buffer() {
      return current();
    },
  };
}

/** Memory of the reference kernels. */
export function createPlainMemory(initialBytes: number): KernelMemory {
  let buffer = new ArrayBuffer(Math.max(initialBytes, PAGE_BYTES));
  return bumpMemory(
    () => buffer,
    (bytes) => {
      const larger = new ArrayBuffer(Math.max(bytes, buffer.byteLength * 2));
      new Uint8Array(larger).set(new Uint8Array(buffer));
      buffer = larger;
    },
  );
}

/** Pages of the limit that shared modules are built with. */
const SHARED_PAGES = 32768;

/** Linear memory of a WebAssembly instance. */
export function createLinearMemory(initialBytes: number, shared: boolean): { readonly memory: KernelMemory; readonly linear: WebAssembly.Memory } {
  const initial = Math.max(1, Math.ceil(initialBytes / PAGE_BYTES));
  const linear = new WebAssembly.Memory(shared ? { initial, maximum: SHARED_PAGES, shared } : { initial });
  const memory = bumpMemory(
    () => linear.buffer,
    (bytes) => {
      linear.grow(Math.ceil((bytes - linear.buffer.byteLength) / PAGE_BYTES));
    },
  );
  return { memory, linear };
}

export interface MemoryViews {
  readonly bytes: Uint8Array;
  readonly int8: Int8Array;
  readonly int32: Int32Array;
  readonly float32: Float32Array;
}

/** Views of the whole memory, made again only when it has grown. Index int32 and float32 by offset / 4. */
export function memoryViews(memory: KernelMemory): () => MemoryViews {
  let seen: ArrayBufferLike | null = null;
  let views: MemoryViews;
  return () => {
    const buffer = memory.buffer;
    if (buffer !== seen) {
      seen = buffer;
      views = {
        bytes: new Uint8Array(buffer),
        int8: new Int8Array(buffer),
        int32: new Int32Array(buffer),
        float32: new Float32Array(buffer),
      };
    }
    return views;
  };
}

/** Copies an array into newly allocated memory and returns its offset. */
export function place(memory: KernelMemory, data: ArrayBufferView): number {
  const offset = memory.allocate(data.byteLength);
  new Uint8Array(memory.buffer, offset, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return offset;
}
