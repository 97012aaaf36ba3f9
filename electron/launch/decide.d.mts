export interface Lockfile {
  readonly packages?: Readonly<
    Record<string, { readonly version?: string; readonly optional?: boolean; readonly devOptional?: boolean; readonly peer?: boolean; readonly link?: boolean }>
  >;
}
export interface LaunchFlags {
  readonly web: boolean;
  readonly noOpen: boolean;
  readonly files: readonly string[];
  readonly unknown: readonly string[];
}
export interface ShellFacts {
  readonly web: boolean;
  readonly noOpen: boolean;
  readonly hasDisplay: boolean;
  readonly electron: string | null;
  readonly electronProblem: string | null;
}
export const OLDEST_NODE: number;
export function installIsCurrent(lock: Lockfile, installed: Lockfile | null): boolean;
export function buildIsStale(newestSourceMs: number, builtMs: number | null): boolean;
export function parseLaunchArguments(argv: readonly string[]): LaunchFlags;
export function chooseShell(facts: ShellFacts): { readonly shell: 'electron' | 'loopback'; readonly sentence: string | null };
export function sandboxArguments(isRoot: boolean): { readonly args: readonly string[]; readonly sentence: string | null };
export function problemOf(output: string, timedOut: boolean): string;
