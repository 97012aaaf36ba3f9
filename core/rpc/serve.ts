import { CancelledError, StudioError } from '../base/errors.ts';
import { failureOf } from './failure.ts';
import { asRequest } from './message.ts';
import type { Reply } from './message.ts';
import { takeMoving } from './moving.ts';
import type { Pipe, Service, ServiceTable } from './pipe.ts';

/**
 * Answers calls that arrive on the pipe. Only the functions that the table itself lists when this is called can be
 * reached: nothing inherited, nothing added later. Returns the function that stops serving and cancels what runs.
 */
export function serve(services: ServiceTable, pipe: Pipe): () => void {
  const listed = new Map<string, Service>(Object.entries(services).filter(([, service]) => typeof service === 'function'));
  const running = new Map<number, AbortController>();

  const answer = (reply: Reply, value?: unknown): void => {
    try {
      pipe.send(reply, takeMoving(value));
    } catch (error) {
      // A value that the pipe cannot carry is a failure of the call, not silence.
      tell({ rpc: 'failure', id: reply.id, failure: failureOf(error) });
    }
  };

  const tell = (failure: Reply): void => {
    try {
      pipe.send(failure);
    } catch {
      // The pipe is closing: nobody waits for an answer any more, and one page that leaves must not end a host of others.
    }
  };

  const call = async (id: number, method: string, arg: unknown): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    const { signal } = controller;
    const report = (value: unknown): void => {
      if (running.get(id) === controller) answer({ rpc: 'progress', id, value }, value);
    };
    let reply: Reply;
    try {
      const service = listed.get(method);
      if (!service) throw new StudioError(`There is no service called "${method.slice(0, 80)}".`);
      reply = { rpc: 'result', id, value: await service(arg, { signal, report }) };
    } catch (error) {
      const cancelled = signal.aborted && (error === signal.reason || (error as Error | null)?.name === 'AbortError');
      reply = { rpc: 'failure', id, failure: failureOf(cancelled ? new CancelledError() : error) };
    }
    // A call whose id is gone was ended by `stop`: nobody waits for its answer.
    if (!running.delete(id)) return;
    answer(reply, reply.rpc === 'result' ? reply.value : undefined);
  };

  const stopListening = pipe.onMessage((message) => {
    const request = asRequest(message);
    if (!request) return;
    if (request.rpc === 'cancel') running.get(request.id)?.abort(new CancelledError());
    else if (!running.has(request.id)) void call(request.id, request.method, request.arg);
  });

  const stop = (): void => {
    stopListening();
    stopWaiting?.();
    const controllers = [...running.values()];
    running.clear();
    for (const controller of controllers) controller.abort(new CancelledError());
  };
  const stopWaiting = pipe.onClose?.(stop);
  return stop;
}
