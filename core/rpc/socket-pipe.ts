import { StudioError, describeError } from '../base/errors.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import type { Pipe } from './pipe.ts';

/** What a page's WebSocket and the one of the `ws` package have in common. */
export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'open' | 'close', listener: () => void): void;
}

const CONNECTING = 0;
const OPEN = 1;
/** RFC 6455, 7.4.1: the endpoint received data inconsistent with the type of the message. */
const INVALID_PAYLOAD = 1007;

/** A pipe of binary messages. What is sent before the socket opens waits; a message that cannot be read closes it. */
export function socketPipe(socket: SocketLike): Pipe {
  socket.binaryType = 'arraybuffer';
  const listeners = new Set<(message: unknown) => void>();
  const closeListeners = new Set<(reason: string) => void>();
  const queue: Uint8Array<ArrayBuffer>[] = [];

  socket.addEventListener('open', () => {
    for (const bytes of queue.splice(0)) socket.send(bytes);
  });
  socket.addEventListener('message', ({ data }) => {
    let message: unknown;
    try {
      if (!(data instanceof ArrayBuffer)) throw new StudioError('A message was text, not bytes.');
      message = decodeMessage(new Uint8Array(data));
    } catch (error) {
      // RFC 6455 allows 123 bytes of reason.
      return socket.close(INVALID_PAYLOAD, describeError(error).slice(0, 100));
    }
    for (const listener of listeners) listener(message);
  });
  socket.addEventListener('close', () => {
    for (const listener of closeListeners) listener('The connection to the studio on this machine has closed.');
    closeListeners.clear();
  });

  return {
    send(message) {
      const bytes = encodeMessage(message);
      if (socket.readyState === OPEN) socket.send(bytes);
      else if (socket.readyState === CONNECTING) queue.push(bytes);
      else throw new StudioError('The connection to the studio on this machine has closed.');
    },
    onMessage(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onClose(listener) {
      closeListeners.add(listener);
      return () => void closeListeners.delete(listener);
    },
  };
}
