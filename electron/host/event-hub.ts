import type { HostEvent } from '../../core/host/contract.ts';

/** Hands what happens outside the page to whoever listens; what happens before the page listens waits for it. */
export interface EventHub {
  emit(event: HostEvent): void;
  listen(listener: (event: HostEvent) => void): () => void;
}

export function createEventHub(): EventHub {
  const listeners = new Set<(event: HostEvent) => void>();
  const waiting: HostEvent[] = [];
  return {
    emit(event) {
      if (listeners.size === 0) waiting.push(event);
      for (const listener of listeners) listener(event);
    },
    listen(listener) {
      listeners.add(listener);
      for (const event of waiting.splice(0)) listener(event);
      return () => void listeners.delete(listener);
    },
  };
}
