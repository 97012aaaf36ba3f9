import { access } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { CancelledError, StudioError } from '../../core/base/errors.ts';
import type { HostServices } from '../../core/host/contract.ts';
import { checkRelative, writeFileAtomic } from './atomic.ts';
import { createJournals } from './journals.ts';
import { createJsonStore } from './json-store.ts';
import { LIMITS, checkArgument } from './schemas.ts';
import type { HostOptions } from './services.ts';
import type { Staging } from './staging.ts';

type ProjectServiceName =
  | 'stage' | 'saveProject' | 'journals' | 'journalHold' | 'journalBlobs' | 'journalPut' | 'journalWrite' | 'journalRead' | 'journalReadBlob' | 'journalDrop'
  | 'noteDataFiles' | 'findDataFiles';

const EXTENSION = 'bitproj';
/** Data sets whose places are remembered. */
const MOST_DATA_SETS = 200;

type DataPlaces = Readonly<Record<string, readonly string[]>>;

/** Saving, unsaved work, and where data sets are. */
export function createProjectServices({ userData, ports, handles, now }: HostOptions, staging: Staging): Pick<HostServices, ProjectServiceName> {
  const journals = createJournals(userData, handles, now);
  const places = createJsonStore<DataPlaces>(join(userData, 'data-sets.json'), {}, isPlaces);

  const placeFor = async (handle: string | null, name: string): Promise<string | null> => {
    if (handle !== null) return handles.place(handle);
    if (!ports.chooseSavePath) return freePath(join(userData, 'projects'), name);
    const chosen = await ports.chooseSavePath({ title: 'Save the project', name, extension: EXTENSION });
    return chosen === null || isProject(chosen) ? chosen : `${chosen}.${EXTENSION}`;
  };

  return {
    async stage(arg) {
      const { id, offset, bytes } = checkArgument('stage', arg);
      staging.add(id, offset, bytes);
    },
    async saveProject(arg) {
      const { staged, handle, name } = checkArgument('saveProject', arg);
      const bytes = staging.take(staged);
      checkRelative(`${name}.${EXTENSION}`);
      if (name.includes('/')) throw new StudioError('The name of a project has no slash.');
      const path = await placeFor(handle, name);
      if (path === null) return null;
      // A page may read other files that it was handed, never replace them.
      if (!isProject(path)) throw new StudioError('Only a project is saved over.', { where: basename(path), next: 'Save it under another name.' });
      await writeFileAtomic(path, bytes);
      return { file: await handles.grant(path), folder: dirname(path) };
    },
    async journals(arg) {
      checkArgument('journals', arg);
      return journals.list();
    },
    async journalHold(arg, { signal }) {
      await journals.hold(checkArgument('journalHold', arg).id, signal);
      throw new CancelledError();
    },
    async journalBlobs(arg) {
      return journals.blobs(checkArgument('journalBlobs', arg).id);
    },
    async journalPut(arg) {
      const { id, name, staged } = checkArgument('journalPut', arg);
      await journals.put(id, name, staging.take(staged));
    },
    async journalWrite(arg) {
      const { id, staged, blobs, facts, handle } = checkArgument('journalWrite', arg);
      if (Object.keys(facts).length > LIMITS.factsCount) throw new StudioError('Unsaved work cannot keep that many facts.');
      const file = handle === null ? null : await handles.resolve(handle).catch(() => null);
      await journals.write(id, staging.take(staged), { facts, blobs, file });
    },
    async journalRead(arg) {
      return journals.read(checkArgument('journalRead', arg).id);
    },
    async journalReadBlob(arg) {
      const { id, name } = checkArgument('journalReadBlob', arg);
      return journals.readBlob(id, name);
    },
    async journalDrop(arg) {
      await journals.drop(checkArgument('journalDrop', arg).id);
    },
    async noteDataFiles(arg) {
      const { hash, handles: named } = checkArgument('noteDataFiles', arg);
      const paths = await Promise.all(named.map((handle) => handles.resolve(handle)));
      await places.change((known) => {
        const { [hash]: _before, ...others } = known;
        return Object.fromEntries([...Object.entries(others), [hash, paths]].slice(-MOST_DATA_SETS));
      });
    },
    async findDataFiles(arg) {
      const { hash } = checkArgument('findDataFiles', arg);
      const known = await places.read();
      const paths = Object.hasOwn(known, hash) ? known[hash]! : [];
      const found = await Promise.all(paths.map((path) => handles.grant(path).catch(() => null)));
      if (found.includes(null)) return [];
      const names = namesWithin(paths);
      return found.flatMap((file, i) => (file ? [{ ...file, name: names[i]! }] : []));
    },
  };
}

/** Images are named with the folders that say what is on them, from the one around them all; files of one folder by themselves. */
function namesWithin(paths: readonly string[]): readonly string[] {
  const folders = paths.map((path) => dirname(path).split(sep));
  const [first] = folders;
  if (!first) return [];
  let shared = 0;
  while (shared < first.length && folders.every((folder) => folder[shared] === first[shared])) shared++;
  const isFlat = folders.every((folder) => folder.length === shared);
  return paths.map((path) => (isFlat ? basename(path) : path.split(sep).slice(shared - 1).join('/')));
}

const isProject = (path: string): boolean => path.toLowerCase().endsWith(`.${EXTENSION}`);

/** A file that is there already is left alone: the new one gets a number. */
async function freePath(folder: string, name: string): Promise<string> {
  for (let number = 1; number < 10_000; number++) {
    const path = join(folder, `${number === 1 ? name : `${name} ${number}`}.${EXTENSION}`);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (!isThere) return path;
  }
  throw new StudioError(`There are too many projects called "${name}" already.`, { where: folder });
}

function isPlaces(value: unknown): value is DataPlaces {
  return typeof value === 'object' && value !== null && Object.values(value).every((paths) => Array.isArray(paths) && paths.every((path) => typeof path === 'string'));
}
