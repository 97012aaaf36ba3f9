import { CancelledError, StudioError } from '../base/errors.ts';

/** An error in a form that every pipe carries. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly where?: string;
  readonly next?: string;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const place = error as { readonly where?: unknown; readonly next?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(typeof place.where === 'string' ? { where: place.where } : {}),
    ...(typeof place.next === 'string' ? { next: place.next } : {}),
  };
}

/**
 * The error again, on the caller's side: a StudioError stays one, a cancelled call is a CancelledError, and anything
 * else is an Error with its name. The stack is the one of the side where it happened.
 */
export function errorOf(failure: Failure): Error {
  const error = bareError(failure);
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}

function bareError(failure: Failure): Error {
  if (failure.name === 'CancelledError' || failure.name === 'AbortError') return new CancelledError();
  if (failure.name === 'StudioError') {
    return new StudioError(failure.message, {
      ...(failure.where === undefined ? {} : { where: failure.where }),
      ...(failure.next === undefined ? {} : { next: failure.next }),
    });
  }
  const error = new Error(failure.message);
  error.name = failure.name;
  return error;
}

export function isFailure(value: unknown): value is Failure {
  if (typeof value !== 'object' || value === null) return false;
  const { name, message, stack, where, next } = value as Record<string, unknown>;
  const optional = [stack, where, next].every((text) => text === undefined || typeof text === 'string');
  return typeof name === 'string' && typeof message === 'string' && optional;
}
