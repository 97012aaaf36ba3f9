import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StudioError } from '../../core/base/errors.ts';
import type { NamedFile } from '../../core/data/data-set.ts';

const MOST_BYTES = 4 * 2 ** 30;
const MOST_FILES = 500;

/** A file, or the files of a folder (not of folders in it), in the order of their names. */
export async function readPath(path: string): Promise<readonly NamedFile[]> {
  const facts = await stat(path).catch((error: unknown) => {
    throw new StudioError('There is no such file or folder.', { where: path, next: 'Check the path.', cause: error });
  });
  const paths = facts.isDirectory() ? await filesOf(path) : [path];
  if (paths.length === 0) throw new StudioError('The folder is empty.', { where: path, next: 'Name the folder that holds the files.' });
  const sizes = await Promise.all(paths.map(async (file) => (await stat(file)).size));
  if (sizes.reduce((sum, size) => sum + size, 0) > MOST_BYTES) {
    throw new StudioError(`There is more than ${MOST_BYTES / 2 ** 30} GiB to read.`, { where: path, next: 'Name the single files that are needed.' });
  }
  return Promise.all(paths.map(async (file) => ({ name: basename(file), bytes: new Uint8Array(await readFile(file)) })));
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name);
  if (names.length > MOST_FILES) {
    throw new StudioError(`The folder holds ${names.length} files; up to ${MOST_FILES} are read.`, { where: folder, next: 'Name the single files that are needed.' });
  }
  return names.sort().map((name) => join(folder, name));
}
