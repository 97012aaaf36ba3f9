import type { Pipe } from './pipe.ts';

/** Two ends in one thread that behave like a MessageChannel: copies, transfers, and delivery on a later turn. */
export function memoryPair(): readonly [Pipe & { close(): void }, Pipe & { close(): void }] {
  const ends = [new MemoryEnd(), new MemoryEnd()] as const;
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  return ends;
}

class MemoryEnd implements Pipe {
  other: MemoryEnd | null = null;
  private readonly listeners = new Set<(message: unknown) => void>();
  private readonly closeListeners = new Set<(reason: string) => void>();

  send(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    const copy = structuredClone(message, { transfer: [...transfer] });
    const { other } = this;
    if (other) void Promise.resolve().then(() => other.listeners.forEach((listener) => listener(copy)));
  }

  onMessage(listener: (message: unknown) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  onClose(listener: (reason: string) => void): () => void {
    this.closeListeners.add(listener);
    return () => void this.closeListeners.delete(listener);
  }

  close(): void {
    const { other } = this;
    for (const end of [this, other]) {
      if (!end) continue;
      end.other = null;
      void Promise.resolve().then(() => end.closeListeners.forEach((listener) => listener('The other end has closed.')));
    }
  }
}
