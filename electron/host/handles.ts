import { randomBytes } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { StudioError } from '../../core/base/errors.ts';
import type { FileHandle } from '../../core/host/contract.ts';

/** The page may only read files whose handle it was given; handles come from dialogs, the command line and recents. */
export interface Handles {
  /** The same path keeps its handle while the studio runs. */
  grant(path: string): Promise<FileHandle>;
  /** Null for a file that is no longer there: a recents row still needs a name for it. */
  grantMissing(path: string): string;
  /** The path behind a handle, checked again: what was granted must still be the same file. */
  resolve(handle: string): Promise<string>;
  /** The same for writing: a file that was deleted since may be written again where it was. */
  place(handle: string): Promise<string>;
}

export function createHandles(): Handles {
  const pathOf = new Map<string, string>();
  const handleOf = new Map<string, string>();

  const nameFor = (path: string): string => {
    const known = handleOf.get(path);
    if (known !== undefined) return known;
    const handle = randomBytes(16).toString('base64url');
    pathOf.set(handle, path);
    handleOf.set(path, handle);
    return handle;
  };

  const checked = async (handle: string): Promise<{ readonly path: string; readonly isThere: boolean }> => {
    const path = pathOf.get(handle);
    if (path === undefined) {
      throw new StudioError('This file was not opened in this session.', { next: 'Open it again with the Open button.' });
    }
    const real = await realpath(path).catch(() => null);
    if (real !== null && real !== path) {
      throw new StudioError('The file has become a link to another one since it was opened.', { where: basename(path), next: 'Open it again.' });
    }
    return { path, isThere: real !== null };
  };

  return {
    async grant(path) {
      const real = await realpath(path);
      const facts = await stat(real);
      return { handle: nameFor(real), name: basename(real), sizeBytes: facts.size };
    },
    grantMissing: nameFor,
    async resolve(handle) {
      const { path, isThere } = await checked(handle);
      if (!isThere) {
        throw new StudioError('The file is no longer there.', { where: basename(path), next: 'It was moved or deleted: open it from where it is now.' });
      }
      return path;
    },
    place: async (handle) => (await checked(handle)).path,
  };
}
