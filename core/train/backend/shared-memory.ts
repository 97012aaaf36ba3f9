/**
 * tfjs' one-thread build with a memory that threads can share. Its own threaded build starts workers from blob: addresses, which
 * the policy of the page forbids, takes half of the processors, and does not run in Node; ours only needs the memory to be shared.
 * That is one byte of the module: the flags of its memory (WebAssembly core specification with threads, §5.3.10).
 */

const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;
const SHARED_WITH_MAXIMUM = 3;
/** 2 GiB in pages of 64 KiB, and 4 GiB, in LEB128. Shared memories reserve their maximum at once; 2 GiB is enough. */
const PAGES_OF_2_GIB = [0x80, 0x80, 0x02];
const PAGES_OF_4_GIB = [0x80, 0x80, 0x04];

function readUnsigned(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return { value, next: at };
  }
}

/** The module with its own memory declared shared, at most 2 GiB; null where the module is not of the known form. */
export function withSharedMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at];
    const { value: size, next } = readUnsigned(bytes, at + 1);
    if (id !== MEMORY_SECTION) {
      at = next + size;
      continue;
    }
    const flags = next + 1;
    if (bytes[next] !== 1 || bytes[flags] !== HAS_MAXIMUM) return null;
    const maximum = readUnsigned(bytes, flags + 1).next;
    if (!PAGES_OF_4_GIB.every((byte, i) => bytes[maximum + i] === byte)) return null;
    const result = bytes.slice();
    result[flags] = SHARED_WITH_MAXIMUM;
    result.set(PAGES_OF_2_GIB, maximum);
    return result;
  }
  return null;
}

type Instantiate = typeof WebAssembly.instantiate;

/** While `load` runs, modules that it instantiates from bytes get a shared memory. */
export async function lendSharedMemory<T>(load: () => Promise<T>): Promise<T> {
  const scope = WebAssembly as { instantiate: Instantiate; instantiateStreaming?: unknown };
  const { instantiate, instantiateStreaming } = scope;
  const sharing = (source: BufferSource, imports?: WebAssembly.Imports): Promise<WebAssembly.WebAssemblyInstantiatedSource> => {
    const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return instantiate(withSharedMemory(bytes) ?? source, imports);
  };
  scope.instantiate = sharing as Instantiate;
  // A stream has no bytes to change: without it the loader reads the whole file.
  scope.instantiateStreaming = undefined;
  try {
    return await load();
  } finally {
    scope.instantiate = instantiate;
    scope.instantiateStreaming = instantiateStreaming;
  }
}
