import { CancelledError, StudioError } from '../base/errors.ts';
import { errorOf } from './failure.ts';
import { asReply } from './message.ts';
import type { Request } from './message.ts';
import type { CallOptions, Client, Pipe, ServiceTable } from './pipe.ts';

export interface ConnectOptions {
  /**
   * A cancelled call was not answered within the limit. The call has already been rejected; the owner of the other
   * end (a worker) ends it and starts another.
   */
  readonly onUnresponsive?: (method: string) => void;
  readonly cancelLimitMs?: number;
}

export interface Connection<T extends ServiceTable> {
  readonly client: Client<T>;
  /** Rejects every call in flight with this sentence and stops listening. */
  close(reason: string): void;
}

interface Waiting {
  readonly method: string;
  readonly options: CallOptions<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly forget: () => void;
}

/** The typed client of what the other end of the pipe serves. */
export function connect<T extends ServiceTable>(pipe: Pipe, options: ConnectOptions = {}): Client<T> {
  return openConnection<T>(pipe, options).client;
}

export function openConnection<T extends ServiceTable>(pipe: Pipe, options: ConnectOptions = {}): Connection<T> {
  const { onUnresponsive, cancelLimitMs = 2000 } = options;
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let closedBecause: string | null = null;

  const settle = (id: number, how: (call: Waiting) => void): void => {
    const call = waiting.get(id);
    if (!call) return;
    waiting.delete(id);
    call.forget();
    how(call);
  };

  const stopListening = pipe.onMessage((message) => {
    const reply = asReply(message);
    if (!reply) return;
    if (reply.rpc === 'progress') waiting.get(reply.id)?.options.onProgress?.(reply.value);
    else if (reply.rpc === 'result') settle(reply.id, (call) => call.resolve(reply.value));
    else settle(reply.id, (call) => call.reject(errorOf(reply.failure)));
  });

  const close = (reason: string): void => {
    if (closedBecause !== null) return;
    closedBecause = reason;
    stopListening();
    for (const id of waiting.keys()) settle(id, (call) => call.reject(closedError(reason)));
  };
  pipe.onClose?.(close);

  const call = (method: string, arg: unknown, callOptions: CallOptions<unknown> = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const { signal, transfer } = callOptions;
      if (signal?.aborted) return reject(new CancelledError());
      if (closedBecause !== null) return reject(closedError(closedBecause));
      const id = nextId++;
      let limit: ReturnType<typeof setTimeout> | undefined;
      const cancel = (): void => {
        // Armed first: an in-memory pipe may answer while it sends.
        limit = setTimeout(() => {
          settle(id, (late) => late.reject(new CancelledError()));
          onUnresponsive?.(method);
        }, cancelLimitMs);
        try {
          pipe.send({ rpc: 'cancel', id } satisfies Request);
        } catch {
          // The other end is gone: the limit above, or the pipe's close, ends the call.
        }
      };
      const forget = (): void => {
        signal?.removeEventListener('abort', cancel);
        clearTimeout(limit);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      waiting.set(id, { method, options: callOptions, resolve, reject, forget });
      try {
        pipe.send({ rpc: 'call', id, method, arg } satisfies Request, transfer);
      } catch (error) {
        settle(id, (failed) => failed.reject(error as Error));
      }
    });

  return { client: clientOf<T>(call), close };
}

type Call = (method: string, arg: unknown, options?: CallOptions<unknown>) => Promise<unknown>;

function clientOf<T extends ServiceTable>(call: Call): Client<T> {
  const methods = new Map<string, unknown>();
  return new Proxy(Object.create(null) as Client<T>, {
    get(_target, name) {
      // A client is not a promise: `await` asks for `then`.
      if (typeof name !== 'string' || name === 'then') return undefined;
      if (!methods.has(name)) methods.set(name, (arg: unknown, options?: CallOptions<unknown>) => call(name, arg, options));
      return methods.get(name);
    },
  });
}

function closedError(reason: string): StudioError {
  return new StudioError(reason, { next: 'Start it again; nothing that was saved is lost.' });
}
