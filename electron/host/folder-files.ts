import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StudioError } from '../../core/base/errors.ts';

/** Images of a folder that are handed over at most, and other files: data sets in files are a handful. */
const MOST_IMAGES = 20_000;
const MOST_OTHERS = 500;
/** Folders in folders that are looked into: a half, a class, and one around them. */
const DEEPEST = 3;

export interface FolderFile {
  readonly path: string;
  /** For images in inner folders with these folders, which say what is on them. */
  readonly name: string;
}

const IMAGE = /\.(png|jpe?g)$/i;

/** The files of a folder, and of the folders in it the images; no hidden ones. In the order of their paths. */
export async function filesOfFolder(folder: string): Promise<readonly FolderFile[]> {
  const found: FolderFile[] = [];
  let images = 0;
  const walk = async (path: string, name: string, depth: number): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true });
    for (const entry of entries.filter((each) => !each.name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = { path: join(path, entry.name), name: `${name}/${entry.name}` };
      const isImage = IMAGE.test(entry.name);
      if (entry.isDirectory() && depth < DEEPEST) await walk(inner.path, inner.name, depth + 1);
      else if (entry.isFile() && (isImage || depth === 0)) {
        images += isImage ? 1 : 0;
        if (images > MOST_IMAGES || found.length - images > MOST_OTHERS) {
          throw new StudioError(`The folder holds more than ${isImage ? `${MOST_IMAGES} images` : `${MOST_OTHERS} files`}.`, { where: folder, next: 'Choose a smaller folder, or the single files that are needed.' });
        }
        found.push(depth === 0 ? { path: inner.path, name: entry.name } : inner);
      }
    }
  };
  await walk(folder, basename(folder), 0);
  return found;
}
