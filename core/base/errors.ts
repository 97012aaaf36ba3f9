/** A failure that a person can act on: what happened, where, and what to do next. */
export class StudioError extends Error {
  /** File, byte offset, node or layer the failure belongs to. */
  readonly where: string | undefined;
  /** What the person can do now, as a sentence. */
  readonly next: string | undefined;

  constructor(message: string, details: { where?: string; next?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'StudioError';
    this.where = details.where;
    this.next = details.next;
  }
}

/** Thrown by work that was told to stop. */
export class CancelledError extends StudioError {
  constructor() {
    super('Cancelled.');
    this.name = 'CancelledError';
  }
}

export function throwIfAborted(signal: { readonly aborted: boolean } | undefined): void {
  if (signal?.aborted) throw new CancelledError();
}

/** One paragraph for a terminal or a notice: message, place, next step. */
export function describeError(error: unknown): string {
  if (error instanceof StudioError) {
    return [error.message, error.where && `(${error.where})`, error.next].filter(Boolean).join(' ');
  }
  return error instanceof Error ? error.message : String(error);
}

export function assertNever(value: never): never {
  throw new Error(`Unexpected value ${JSON.stringify(value)}.`);
}
