import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CancelledError, StudioError } from '../../core/base/errors.ts';
import type { FileHandle, HostServices, SystemFacts } from '../../core/host/contract.ts';
import { writePackageAtomic } from './atomic.ts';
import type { EventHub } from './event-hub.ts';
import { filesOfFolder } from './folder-files.ts';
import type { Handles } from './handles.ts';
import { createJsonStore } from './json-store.ts';
import { allowedLink } from './links.ts';
import { createProjectServices } from './project-services.ts';
import { createProvers } from './provers.ts';
import { createRecents } from './recents.ts';
import { LIMITS, checkArgument } from './schemas.ts';
import { createStaging } from './staging.ts';
import { readSystemFacts } from './system.ts';

/** What differs between the shells. A missing port is a capability that the page is told not to offer. */
export interface ShellPorts {
  /** Paths of what was chosen; empty when dismissed. */
  readonly chooseFiles?: (options: { title: string; extensions: readonly string[]; folder: boolean; multiple: boolean }) => Promise<readonly string[]>;
  /** The folder to put a package in; null when dismissed. */
  readonly chooseFolder?: (options: { title: string }) => Promise<string | null>;
  /** Where to save a project; null when dismissed. */
  readonly chooseSavePath?: (options: { title: string; name: string; extension: string }) => Promise<string | null>;
  readonly reveal?: (path: string) => Promise<void>;
  readonly notify?: (title: string, body: string) => Promise<void>;
  readonly openLink: (url: string) => Promise<void>;
}

export interface HostOptions {
  readonly userData: string;
  readonly shell: SystemFacts['shell'];
  readonly version: string;
  readonly ports: ShellPorts;
  readonly handles: Handles;
  readonly events: EventHub;
  readonly launchPaths: readonly string[];
  readonly now: () => Date;
  /** Script of the thread that proves exported C (electron/proof); null: none was built here. */
  readonly proofThread: string | null;
}

export function createHostServices(options: HostOptions): HostServices {
  const { ports, handles, events } = options;
  const recents = createRecents(options.userData, handles, options.now);
  const staging = createStaging();
  const provers = createProvers(options.proofThread);
  const settings = createJsonStore<Readonly<Record<string, unknown>>>(join(options.userData, 'settings.json'), {}, isRecord);

  return {
    async capabilities(arg) {
      checkArgument('capabilities', arg);
      return {
        dialogs: ports.chooseFiles !== undefined && ports.chooseFolder !== undefined,
        reveal: ports.reveal !== undefined,
        notify: ports.notify !== undefined,
        compiler: await provers.compilerName(),
      };
    },
    async system(arg) {
      checkArgument('system', arg);
      return readSystemFacts(options.shell, options.version);
    },
    async settingsRead(arg) {
      checkArgument('settingsRead', arg);
      return settings.read();
    },
    async settingsWrite(arg) {
      const values = checkArgument('settingsWrite', arg);
      if (JSON.stringify(values).length > LIMITS.settingsBytes) throw new StudioError('The settings are too large to keep.');
      await settings.change(() => values);
    },
    async recentsRead(arg) {
      checkArgument('recentsRead', arg);
      return recents.read();
    },
    async recentsNote(arg) {
      const { handle, kind, facts } = checkArgument('recentsNote', arg);
      if (Object.keys(facts).length > LIMITS.factsCount) throw new StudioError('A recent file cannot keep that many facts.');
      await recents.note(await handles.resolve(handle), kind, facts);
    },
    async launchFiles(arg) {
      checkArgument('launchFiles', arg);
      return grantAll(handles, options.launchPaths);
    },
    async events(arg, { signal, report }) {
      checkArgument('events', arg);
      const stop = events.listen(report);
      await new Promise<void>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new CancelledError()), { once: true });
      }).finally(stop);
    },
    async chooseFiles(arg) {
      const wanted = checkArgument('chooseFiles', arg);
      if (!ports.chooseFiles) throw new StudioError('There are no native dialogs here.', { next: 'Drop the files on the window instead.' });
      const chosen = await ports.chooseFiles(wanted);
      return wanted.folder ? grantFolders(handles, chosen) : grantAll(handles, chosen);
    },
    async readFile(arg) {
      const path = await handles.resolve(checkArgument('readFile', arg).handle);
      const facts = await stat(path);
      if (!facts.isFile()) throw new StudioError('This is not a file.', { where: basename(path) });
      if (facts.size > LIMITS.fileBytes) {
        throw new StudioError(`The file is larger than ${LIMITS.fileBytes / 2 ** 30} GiB, the most the studio opens.`, { where: basename(path) });
      }
      return { name: basename(path), bytes: new Uint8Array(await readFile(path)) };
    },
    async writePackage(arg) {
      const { folderName, files } = checkArgument('writePackage', arg);
      checkPackage(folderName, files);
      const parent = ports.chooseFolder ? await ports.chooseFolder({ title: 'Choose where to put the package' }) : join(options.userData, 'exports');
      if (parent === null) return null;
      const folder = await writePackageAtomic(resolve(parent), folderName, files);
      return { folder, handle: (await handles.grant(folder)).handle };
    },
    async revealFile(arg) {
      const path = await handles.resolve(checkArgument('revealFile', arg).handle);
      if (!ports.reveal) throw new StudioError('There is no file manager to show it in.', { where: path });
      await ports.reveal(path);
    },
    async openLink(arg) {
      const link = allowedLink(checkArgument('openLink', arg).url);
      if (link === null) throw new StudioError('This address is not one that the studio opens.');
      await ports.openLink(link);
    },
    async notify(arg) {
      const { title, body } = checkArgument('notify', arg);
      await ports.notify?.(title, body);
    },
    async proveC99(arg, context) {
      const { staged, samples, name, count } = checkArgument('proveC99', arg);
      const [packed, given] = [staging.take(staged), samples === null ? null : staging.take(samples)];
      return provers.prove({ packed, name, samples: given, count }, context);
    },
    ...createProjectServices(options, staging),
  };
}

/** Paths that cannot be read are left out: the system may name a file that is already gone. */
async function grantAll(handles: Handles, paths: readonly string[]): Promise<readonly FileHandle[]> {
  const granted = await Promise.all(paths.map((path) => handles.grant(path).catch(() => null)));
  return granted.filter((file) => file !== null);
}

/** Under the names that images have within the folder. */
async function grantFolders(handles: Handles, folders: readonly string[]): Promise<readonly FileHandle[]> {
  const granted: FileHandle[] = [];
  for (const folder of folders) {
    for (const { path, name } of await filesOfFolder(folder)) {
      const file = await handles.grant(path).catch(() => null);
      if (file) granted.push({ ...file, name });
    }
  }
  return granted;
}

function checkPackage(folderName: string, files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): void {
  if (folderName.includes('/')) throw new StudioError('A package is one folder: its name has no slash.');
  const total = files.reduce((sum, file) => sum + file.bytes.byteLength, 0);
  if (total > LIMITS.packageBytes) throw new StudioError(`The package is larger than ${LIMITS.packageBytes / 2 ** 30} GiB.`);
  const paths = new Set(files.map((file) => file.path.toLowerCase()));
  if (paths.size !== files.length) throw new StudioError('Two files of the package have the same name.');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
