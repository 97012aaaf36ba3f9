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
};
