import { isFailure } from './failure.ts';
import type { Failure } from './failure.ts';

/** From the caller. `id` is chosen by the caller and unique among its calls in flight. */
export type Request =
  | { readonly rpc: 'call'; readonly id: number; readonly method: string; readonly arg: unknown }
  | { readonly rpc: 'cancel'; readonly id: number };

/** From the side that serves: any number of progress messages, then exactly one result or failure. */
export type Reply =
  | { readonly rpc: 'progress'; readonly id: number; readonly value: unknown }
  | { readonly rpc: 'result'; readonly id: number; readonly value: unknown }
  | { readonly rpc: 'failure'; readonly id: number; readonly failure: Failure };

/** Anything that is not a request is someone else's message, or hostile: it is not answered. */
export function asRequest(message: unknown): Request | null {
  const fields = fieldsOf(message);
  if (!fields) return null;
  if (fields['rpc'] === 'cancel') return { rpc: 'cancel', id: fields['id'] as number };
  if (fields['rpc'] !== 'call' || typeof fields['method'] !== 'string') return null;
  return { rpc: 'call', id: fields['id'] as number, method: fields['method'], arg: fields['arg'] };
}

export function asReply(message: unknown): Reply | null {
  const fields = fieldsOf(message);
  if (!fields) return null;
  const id = fields['id'] as number;
  if (fields['rpc'] === 'progress') return { rpc: 'progress', id, value: fields['value'] };
  if (fields['rpc'] === 'result') return { rpc: 'result', id, value: fields['value'] };
  if (fields['rpc'] === 'failure' && isFailure(fields['failure'])) return { rpc: 'failure', id, failure: fields['failure'] };
  return null;
}

function fieldsOf(message: unknown): Record<string, unknown> | null {
  if (typeof message !== 'object' || message === null) return null;
  const fields = message as Record<string, unknown>;
  return Number.isSafeInteger(fields['id']) ? fields : null;
}
