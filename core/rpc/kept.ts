import type { Pipe } from './pipe.ts';

/**
 * Objects that never change and that many calls name (a network of thousands of layers, its images) cross a pipe once:
 * later calls name them by number. Both ends keep at most so many, and the sending end says which are to be forgotten.
 */
const MOST_KEPT = 8;
/** Call, argument, its fields, and fields of those: deeper down nothing is looked for. */
const DEPTH = 3;
const MARK = '@kept';

interface Envelope {
  readonly message: unknown;
  readonly fresh: readonly (readonly [number, unknown])[];
  readonly forgotten: readonly number[];
}

/** The end that calls. `isKept` says which objects are worth it: they must never change. */
export function sendsKept(pipe: Pipe, isKept: (value: object) => boolean): Pipe {
  const known = new Map<object, number>();
  let next = 1;
  return {
    ...pipe,
    send(message, transfer) {
      const fresh: [number, unknown][] = [];
      const named = replace(message, DEPTH, (value) => {
        if (!isKept(value)) return null;
        let id = known.get(value);
        if (id === undefined) fresh.push([(id = next++), value]);
        // The one that was named last is forgotten last.
        known.delete(value);
        known.set(value, id);
        return { [MARK]: id };
      });
      const forgotten: number[] = [];
      for (const [value, id] of known) {
        const isUsed = fresh.some(([own]) => own === id);
        if (!isUsed && (!isKept(value) || known.size > MOST_KEPT)) {
          known.delete(value);
          forgotten.push(id);
        }
      }
      try {
        pipe.send(named === message && forgotten.length === 0 ? message : ({ message: named, fresh, forgotten } satisfies Envelope), transfer);
      } catch (error) {
        // What was not sent is not known at the other end.
        known.clear();
        throw error;
      }
    },
  };
}

/** The end that serves: what arrives is as if it had been sent whole. */
export function receivesKept(pipe: Pipe): Pipe {
  const kept = new Map<number, unknown>();
  return {
    ...pipe,
    onMessage: (listener) =>
      pipe.onMessage((received) => {
        if (!isEnvelope(received)) return listener(received);
        for (const [id, value] of received.fresh) kept.set(id, value);
        const whole = replace(received.message, DEPTH, (value) => (isMark(value) ? (kept.get(value[MARK]) as object) : null));
        for (const id of received.forgotten) kept.delete(id);
        listener(whole);
      }),
  };
}

/** The message with objects exchanged; the same object where nothing was. Only plain objects are looked into. */
function replace(value: unknown, depth: number, exchange: (value: object) => object | null): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const other = exchange(value);
  if (other !== null) return other;
  if (depth === 0 || Object.getPrototypeOf(value) !== Object.prototype) return value;
  let copy: Record<string, unknown> | null = null;
  for (const [name, field] of Object.entries(value)) {
    const replaced = replace(field, depth - 1, exchange);
    if (replaced !== field) (copy ??= { ...value })[name] = replaced;
  }
  return copy ?? value;
}

function isMark(value: object): value is { readonly [MARK]: number } {
  return typeof (value as { readonly [MARK]?: unknown })[MARK] === 'number';
}

function isEnvelope(value: unknown): value is Envelope {
  return typeof value === 'object' && value !== null && Array.isArray((value as Partial<Envelope>).fresh) && Array.isArray((value as Partial<Envelope>).forgotten);
}
