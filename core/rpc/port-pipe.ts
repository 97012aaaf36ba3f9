import type { Pipe } from './pipe.ts';

/** What Worker, DedicatedWorkerGlobalScope and MessagePort (of a page and of Node) have in common. */
export interface PortLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  removeEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  start?(): void;
}

interface CloseTarget {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/**
 * A structured-clone pipe: objects, typed arrays and maps pass as they are.
 * `moves: false` for a port that ends in another process, where buffers can only be copied.
 */
export function portPipe(port: PortLike, { moves = true }: { readonly moves?: boolean } = {}): Pipe {
  return {
    send(message, transfer = []) {
      port.postMessage(message, moves ? [...transfer] : []);
    },
    onMessage(listener) {
      const receive = (event: { readonly data: unknown }): void => listener(event.data);
      port.addEventListener('message', receive);
      port.start?.();
      return () => port.removeEventListener('message', receive);
    },
    onClose(listener) {
      const target = port as unknown as CloseTarget;
      const closed = (): void => listener('The other end has closed.');
      target.addEventListener('close', closed);
      return () => target.removeEventListener('close', closed);
    },
  };
}
