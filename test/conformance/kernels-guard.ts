import type { KernelMemory } from '../../core/kernels/kernel.ts';

const GUARD_BYTES = 64;
const GUARD = 0xa5;

export interface GuardedOutput {
  readonly offset: number;
  /** A copy of the output; throws when a byte around it has been written. */
  read(): Uint8Array<ArrayBuffer>;
}

/** An output between two guards. Everything starts as the guard byte, so an output byte left unwritten shows as well. */
export function allocateGuarded(memory: KernelMemory, bytes: number): GuardedOutput {
  const start = memory.allocate(GUARD_BYTES * 2 + bytes);
  const offset = start + GUARD_BYTES;
  const whole = () => new Uint8Array(memory.buffer, start, GUARD_BYTES * 2 + bytes);
  whole().fill(GUARD);
  return {
    offset,
    read() {
      const view = whole();
      for (let i = 0; i < view.length; i++) {
        const inGuard = i < GUARD_BYTES || i >= GUARD_BYTES + bytes;
        if (inGuard && view[i] !== GUARD) throw new Error(`Byte ${i - GUARD_BYTES} of an output of ${bytes} bytes was written.`);
      }
      return view.slice(GUARD_BYTES, GUARD_BYTES + bytes);
    },
  };
}
