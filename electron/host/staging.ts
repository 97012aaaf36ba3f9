import { StudioError } from '../../core/base/errors.ts';
import { LIMITS } from './schemas.ts';

/** Bytes on their way in, in pieces: a page that sent them at once would stand still meanwhile. */
export interface Staging {
  add(id: string, offset: number, bytes: Uint8Array): void;
  take(id: string): Uint8Array;
}

interface Staged {
  readonly pieces: Uint8Array[];
  size: number;
}

/** A page that went away in the middle leaves some: the oldest gives way. */
const MOST_AT_ONCE = 8;

export function createStaging(): Staging {
  const staged = new Map<string, Staged>();
  return {
    add(id, offset, bytes) {
      const known = staged.get(id);
      if (offset !== (known?.size ?? 0)) {
        staged.delete(id);
        throw new StudioError('A piece of a file arrived out of turn.', { next: 'Save again.' });
      }
      const entry = known ?? { pieces: [], size: 0 };
      if (!known) {
        const [oldest] = staged.keys();
        if (staged.size >= MOST_AT_ONCE && oldest !== undefined) staged.delete(oldest);
        staged.set(id, entry);
      }
      entry.pieces.push(bytes);
      entry.size += bytes.byteLength;
      const total = [...staged.values()].reduce((sum, { size }) => sum + size, 0);
      if (total > LIMITS.stagedBytes) {
        staged.delete(id);
        throw new StudioError(`What is to be written is larger than ${LIMITS.stagedBytes / 2 ** 30} GiB, the most the studio writes.`);
      }
    },
    take(id) {
      const entry = staged.get(id);
      if (!entry) throw new StudioError('What is to be written did not arrive.', { next: 'Save again.' });
      staged.delete(id);
      return Buffer.concat(entry.pieces);
    },
  };
}
