import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StudioError } from '../../core/base/errors.ts';
import type { NamedFile } from '../../core/data/data-set.ts';
import { filesOfFolder } from '../host/folder-files.ts';
import type { FolderFile } from '../host/folder-files.ts';

const MOST_BYTES = 4 * 2 ** 30;
const MOST_FILES = 500;
/** Files that are open at a time. */
const AT_ONCE = 64;

/** A file, or the files of a folder (not of folders in it), in the order of their names. */
export async function readPath(path: string): Promise<readonly NamedFile[]> {
  const facts = await stat(path).catch((error: unknown) => {
    throw new StudioError('There is no such file or folder.', { where: path, next: 'Check the path.', cause: error });
  });
  return readFiles(path, facts.isDirectory() ? (await filesOf(path)).map((file) => ({ path: file, name: basename(file) })) : [{ path, name: basename(path) }]);
}

/** The files of a data set: of a folder with the images in its folders, which are classes. */
export async function readDataPath(path: string): Promise<readonly NamedFile[]> {
  const isFolder = await stat(path).then((facts) => facts.isDirectory(), () => false);
  return isFolder ? readFiles(path, await filesOfFolder(path)) : readPath(path);
}

async function readFiles(from: string, files: readonly FolderFile[]): Promise<readonly NamedFile[]> {
  if (files.length === 0) throw new StudioError('The folder is empty.', { where: from, next: 'Name the folder that holds the files.' });
  let total = 0;
  const read: NamedFile[] = [];
  for (let first = 0; first < files.length; first += AT_ONCE) {
    const some = files.slice(first, first + AT_ONCE);
    for (const { path } of some) total += (await stat(path)).size;
    if (total > MOST_BYTES) {
      throw new StudioError(`There is more than ${MOST_BYTES / 2 ** 30} GiB to read.`, { where: from, next: 'Name the single files that are needed.' });
    }
    read.push(...(await Promise.all(some.map(async ({ path, name }) => ({ name, bytes: new Uint8Array(await readFile(path)) })))));
  }
  return read;
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name);
  if (names.length > MOST_FILES) {
    throw new StudioError(`The folder holds ${names.length} files; up to ${MOST_FILES} are read.`, { where: folder, next: 'Name the single files that are needed.' });
  }
  return names.sort().map((name) => join(folder, name));
}
