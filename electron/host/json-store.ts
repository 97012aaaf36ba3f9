import { readFile, rename } from 'node:fs/promises';
import { writeFileAtomic } from './atomic.ts';

export interface JsonStore<T> {
  read(): Promise<T>;
  /** Changes are applied one after another. */
  change(how: (value: T) => T): Promise<void>;
}

/** A small JSON file. One that cannot be read is kept as `*.damaged`, and the initial value takes its place. */
export function createJsonStore<T>(path: string, initial: T, check: (value: unknown) => value is T): JsonStore<T> {
  let last: Promise<unknown> = Promise.resolve();

  const read = async (): Promise<T> => {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text === null) return initial;
    try {
      const value: unknown = JSON.parse(text);
      if (check(value)) return value;
    } catch {
      // Falls through: not JSON is the same to us as JSON of another shape.
    }
    await rename(path, `${path}.damaged`).catch(() => {});
    return initial;
  };

  const inTurn = <R>(work: () => Promise<R>): Promise<R> => {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return turn;
  };

  return {
    read: () => inTurn(read),
    change: (how) => inTurn(async () => writeFileAtomic(path, `${JSON.stringify(how(await read()), null, 1)}\n`)),
  };
}
