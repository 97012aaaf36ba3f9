/** A file under the name that it has in the folder that was chosen or dropped: folders of images are classes. */
export interface PlacedFile {
  readonly name: string;
  readonly file: File;
}

/** Files of a drop, with the files of dropped folders. The transfer empties itself, so entries are taken at once. */
export async function filesOfDrop(transfer: DataTransfer): Promise<readonly PlacedFile[]> {
  const plain = [...transfer.files].map((file) => ({ name: file.name, file }));
  const entries = [...transfer.items].map((item) => (item.kind === 'file' ? item.webkitGetAsEntry() : null));
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  const lists = await Promise.all(entries.map((entry) => (entry ? filesOfEntry(entry) : [])));
  return lists.flat();
}

async function filesOfEntry(entry: FileSystemEntry): Promise<readonly PlacedFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ name: entry.fullPath.replace(/^\//, ''), file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FileSystemEntry[] = [];
  // A reader hands out at most 100 entries a call, and an empty list at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    found.push(...some);
  }
  const lists = await Promise.all(found.filter((inner) => !inner.name.startsWith('.')).map(filesOfEntry));
  return lists.flat();
}
