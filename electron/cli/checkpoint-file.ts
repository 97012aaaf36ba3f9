import { readFile, rm } from 'node:fs/promises';
import { StudioError } from '../../core/base/errors.ts';
import { writeFileAtomic } from '../host/atomic.ts';

export async function readCheckpointFile(path: string): Promise<Uint8Array> {
  return new Uint8Array(
    await readFile(path).catch((error: unknown) => {
      throw new StudioError('The checkpoint cannot be read.', { where: path, next: 'Check the path, or run without --resume.', cause: error });
    }),
  );
}

/** The newest checkpoint is always whole on disk: one is written after another, and skipped when a newer one waits. */
export function createCheckpoints(path: string) {
  let newest: Uint8Array | null = null;
  let written = false;
  let writing: Promise<void> | null = null;
  const writeNewest = async (): Promise<void> => {
    while (newest !== null) {
      const bytes = newest;
      newest = null;
      await writeFileAtomic(path, bytes);
      written = true;
    }
    writing = null;
  };
  return {
    keep(bytes: Uint8Array): void {
      newest = bytes;
      writing ??= writeNewest();
    },
    async settled(): Promise<string | null> {
      await writing;
      return written ? path : null;
    },
    async remove(): Promise<void> {
      await writing;
      await rm(path, { force: true });
    },
  };
}
