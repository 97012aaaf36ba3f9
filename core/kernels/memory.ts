import { StudioError } from '../base/errors.ts';
import type { KernelMemory } from './kernel.ts';

const PAGE_BYTES = 65536;
/** Offset 0 is never handed out. */
const FIRST_OFFSET = 16;

/** A memory of which everything after a point can be taken again. */
export interface ReclaimableMemory extends KernelMemory {
  /** End of what has been handed out. */
  readonly used: number;
  /** Zeroes and takes back what was handed out beyond `used`. */
  reclaim(used: number): void;
}

/**
 * Allocation only moves forward and may grow, which replaces `buffer`: offsets stay, views made before do not.
 * So allocate everything first, then create views (`memoryViews` does that by itself).
 */
function bumpMemory(current: () => ArrayBufferLike, grow: (bytes: number) => void): ReclaimableMemory {
  let next = FIRST_OFFSET;
  const memory: ReclaimableMemory = {
    get used() {
      return next;
    },
    reclaim(used) {
      new Uint8Array(current(), used, next - used).fill(0);
      next = used;
    },
    scratch: (bytes) => memory.allocate(bytes),
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
  return memory;
}

/** A view of a memory whose scratch is taken again by every step. */
export interface SharedScratch {
  readonly memory: KernelMemory;
  /** Frees all scratch for the next step. */
  nextStep(): void;
  /** Bytes that all steps together have claimed for scratch. */
  readonly bytes: number;
}

/** Scratch comes from the blocks of earlier steps where it fits, else from a new block. */
export function shareScratch(memory: KernelMemory): SharedScratch {
  const blocks: { readonly offset: number; readonly bytes: number; used: number }[] = [];
  return {
    memory: {
      allocate: (bytes) => memory.allocate(bytes),
      scratch(bytes) {
        const size = Math.ceil(bytes / 16) * 16;
        let block = blocks.find((candidate) => candidate.bytes - candidate.used >= size);
        if (!block) {
          block = { offset: memory.allocate(size), bytes: size, used: 0 };
          blocks.push(block);
        }
        const offset = block.offset + block.used;
        block.used += size;
        return offset;
      },
      get buffer() {
        return memory.buffer;
      },
    },
    nextStep: () => blocks.forEach((block) => (block.used = 0)),
    get bytes() {
      return blocks.reduce((sum, block) => sum + block.bytes, 0);
    },
  };
}

/** Memory of the reference kernels. */
export function createPlainMemory(initialBytes: number): ReclaimableMemory {
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
export function createLinearMemory(initialBytes: number, shared: boolean): { readonly memory: ReclaimableMemory; readonly linear: WebAssembly.Memory } {
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
