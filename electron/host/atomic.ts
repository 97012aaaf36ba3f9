import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StudioError } from '../../core/base/errors.ts';

/** Written beside its place, synced, renamed: after a crash the old content or the new is there, never half of it. */
export async function writeFileAtomic(path: string, bytes: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${randomBytes(8).toString('hex')}.part`);
  try {
    await writeSynced(temporary, bytes);
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true });
    throw placed(error, path);
  }
}

export interface PackageFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * All files of a package appear together or none does. A folder that is already there is left alone: the package goes
 * to a numbered neighbour. Returns the folder written.
 */
export async function writePackageAtomic(parent: string, folderName: string, files: readonly PackageFile[]): Promise<string> {
  for (const path of [folderName, ...files.map((file) => file.path)]) checkRelative(path);
  await mkdir(parent, { recursive: true }).catch((error: unknown) => {
    throw placed(error, parent);
  });
  const temporary = join(parent, `.${randomBytes(8).toString('hex')}.part`);
  try {
    await mkdir(temporary);
    for (const file of files) {
      const path = join(temporary, ...file.path.split('/'));
      await mkdir(dirname(path), { recursive: true });
      await writeSynced(path, file.bytes);
    }
    await syncFolder(temporary);
    return await renameToFree(temporary, parent, folderName);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw placed(error, join(parent, folderName));
  }
}

/** `mkdir` of the target is the test for being free: it cannot race with another writer. */
async function renameToFree(temporary: string, parent: string, folderName: string): Promise<string> {
  for (let number = 1; number < 10_000; number++) {
    const target = join(parent, number === 1 ? folderName : `${folderName} ${number}`);
    try {
      await mkdir(target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    // Renaming over an empty folder is atomic on POSIX; Windows needs it out of the way first.
    if (process.platform === 'win32') await rm(target, { recursive: true });
    await rename(temporary, target);
    await syncFolder(parent);
    return target;
  }
  throw new StudioError(`There are too many folders called "${folderName}" already.`, { where: parent });
}

/** Throws where a path has a part that some system would not have as a name. */
export function checkRelative(path: string): void {
  const parts = path.split('/');
  // Windows reserves the characters and strips trailing dots and spaces.
  const bad = parts.some((part) => part === '' || part === '.' || part === '..' || /[\\:*?"<>|\u0000-\u001f]|[. ]$/.test(part));
  if (bad) throw new StudioError(`"${path.slice(0, 120)}" is not a name that a file in a package can have.`);
}

async function writeSynced(path: string, bytes: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** So that the rename itself survives a power cut. Windows cannot open a folder for this, and does not need it. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync().catch(() => {});
  } finally {
    await folder.close();
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full.',
  EACCES: 'This folder may not be written to.',
  EPERM: 'This folder may not be written to.',
  EROFS: 'This disk is read-only.',
  ENOTDIR: 'Part of this path is a file, not a folder.',
  EISDIR: 'There is a folder with this name.',
  ENAMETOOLONG: 'The name is too long for this disk.',
};

function placed(error: unknown, where: string): unknown {
  const sentence = SENTENCES[(error as NodeJS.ErrnoException).code ?? ''];
  if (!sentence) return error;
  return new StudioError(`Nothing was written. ${sentence}`, { where, next: 'Choose another place and try again.', cause: error });
}
