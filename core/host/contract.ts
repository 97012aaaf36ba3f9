import type { ExportResult, ProofRow } from '../export/result.ts';
import type { ServiceContext } from '../rpc/pipe.ts';

/**
 * What the studio asks of a machine. Implemented once in plain Node (`electron/host`); only dialogs, reveal, menu and
 * notify differ by shell. A file is named to the page by a handle, never by a free path.
 */
export interface FileHandle {
  readonly handle: string;
  readonly name: string;
  readonly sizeBytes: number;
}

export interface RecentEntry {
  readonly handle: string;
  readonly name: string;
  readonly kind: 'model' | 'project' | 'data';
  readonly openedAt: string;
  readonly exists: boolean;
  /** Free facts shown in the recents table: fingerprint, size, accuracy. Written by the page. */
  readonly facts: Readonly<Record<string, string | number>>;
}

export interface SystemFacts {
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly shell: 'electron' | 'loopback';
}

export interface HostCapabilities {
  /** Native open and save dialogs exist. Without them the page uses its own file input and downloads. */
  readonly dialogs: boolean;
  readonly reveal: boolean;
  readonly notify: boolean;
  /** Name of the C compiler that exported C is proved with; null where this computer has none on its search path. */
  readonly compiler: string | null;
}

/** Counted up while a proof runs; with a row where a layer is through. */
export interface ProofProgress {
  readonly done: number;
  readonly total: number;
  readonly row?: ProofRow;
}

/** Unsaved work of a project that is or was open somewhere. */
export interface JournalEntry {
  readonly id: string;
  readonly savedAt: string;
  /** What a person recognises it by. Written by the page. */
  readonly facts: RecentEntry['facts'];
  /** The project file that it goes on from; null where there is none or it is gone. */
  readonly file: FileHandle | null;
  /** A page that is open writes it: there is nothing to recover. */
  readonly held: boolean;
}

/** What happens outside the page: files opened by the system or a second start, and commands of the native menu. */
export type HostEvent =
  | { readonly kind: 'open-files'; readonly files: readonly FileHandle[] }
  | { readonly kind: 'command'; readonly id: string };

type Context = ServiceContext<never>;

// A type alias, not an interface: it must satisfy ServiceTable's index signature.
export type HostServices = {
  readonly capabilities: (arg: null, context: Context) => Promise<HostCapabilities>;
  readonly system: (arg: null, context: Context) => Promise<SystemFacts>;
  readonly settingsRead: (arg: null, context: Context) => Promise<Readonly<Record<string, unknown>>>;
  readonly settingsWrite: (arg: Readonly<Record<string, unknown>>, context: Context) => Promise<void>;
  readonly recentsRead: (arg: null, context: Context) => Promise<readonly RecentEntry[]>;
  readonly recentsNote: (
    arg: { readonly handle: string; readonly kind: RecentEntry['kind']; readonly facts: RecentEntry['facts'] },
    context: Context,
  ) => Promise<void>;
  /** Files named on the command line. */
  readonly launchFiles: (arg: null, context: Context) => Promise<readonly FileHandle[]>;
  /** Runs until cancelled and reports what happens outside the page. */
  readonly events: (arg: null, context: ServiceContext<HostEvent>) => Promise<void>;
  /** Native dialog; an empty list when dismissed. */
  readonly chooseFiles: (
    arg: { readonly title: string; readonly extensions: readonly string[]; readonly folder: boolean; readonly multiple: boolean },
    context: Context,
  ) => Promise<readonly FileHandle[]>;
  readonly readFile: (arg: { readonly handle: string }, context: Context) => Promise<{ readonly name: string; readonly bytes: Uint8Array }>;
  /**
   * Writes a package into a folder the person chose (native dialog), or into the exports folder of the user's data
   * where there is no dialog. All files appear together or none; an existing folder gets a numbered neighbour.
   */
  readonly writePackage: (
    arg: { readonly folderName: string; readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[] },
    context: Context,
  ) => Promise<{ readonly folder: string; readonly handle: string } | null>;
  readonly revealFile: (arg: { readonly handle: string }, context: Context) => Promise<void>;
  readonly openLink: (arg: { readonly url: string }, context: Context) => Promise<void>;
  readonly notify: (arg: { readonly title: string; readonly body: string }, context: Context) => Promise<void>;
  /** A piece of bytes too large to send at once. What is staged is taken by the service that is told its id. */
  readonly stage: (arg: { readonly id: string; readonly offset: number; readonly bytes: Uint8Array }, context: Context) => Promise<void>;
  /**
   * Writes staged bytes as a project: over the file of the handle, or where the person says (native dialog), or into the
   * projects folder of the user's data where there is no dialog. Null when dismissed. Only projects are ever written over.
   */
  readonly saveProject: (
    arg: { readonly staged: string; readonly handle: string | null; readonly name: string },
    context: Context,
  ) => Promise<{ readonly file: FileHandle; readonly folder: string } | null>;
  readonly journals: (arg: null, context: Context) => Promise<readonly JournalEntry[]>;
  /** Runs until cancelled: says that a page is open that writes this journal. It ends with the page. */
  readonly journalHold: (arg: { readonly id: string }, context: Context) => Promise<void>;
  /** Names of the blobs that it has. */
  readonly journalBlobs: (arg: { readonly id: string }, context: Context) => Promise<readonly string[]>;
  readonly journalPut: (arg: { readonly id: string; readonly name: string; readonly staged: string }, context: Context) => Promise<void>;
  /** Takes the place of the text before, at once or not at all, and forgets the blobs that are not listed. */
  readonly journalWrite: (
    arg: { readonly id: string; readonly staged: string; readonly blobs: readonly string[]; readonly facts: JournalEntry['facts']; readonly handle: string | null },
    context: Context,
  ) => Promise<void>;
  readonly journalRead: (arg: { readonly id: string }, context: Context) => Promise<{ readonly document: Uint8Array<ArrayBuffer>; readonly blobs: readonly string[] }>;
  readonly journalReadBlob: (arg: { readonly id: string; readonly name: string }, context: Context) => Promise<Uint8Array<ArrayBuffer>>;
  readonly journalDrop: (arg: { readonly id: string }, context: Context) => Promise<void>;
  /** Remembers where a data set was read from, so that a project finds it again. Paths stay on this side. */
  readonly noteDataFiles: (arg: { readonly hash: string; readonly handles: readonly string[] }, context: Context) => Promise<void>;
  /**
   * Reads a packed network (staged), writes it as C99 under the name, builds that with this machine's compiler and compares every
   * layer and answer: on `count` samples (staged float32, one behind the other, as the network takes them) or, without, on noise.
   * The C is this side's own: nothing that a page sends is compiled.
   */
  readonly proveC99: (
    arg: { readonly staged: string; readonly name: string; readonly samples: string | null; readonly count: number },
    context: ServiceContext<ProofProgress>,
  ) => Promise<ExportResult>;
  /** Empty where any of them is gone. */
  readonly findDataFiles: (arg: { readonly hash: string }, context: Context) => Promise<readonly FileHandle[]>;
};
