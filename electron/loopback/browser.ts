import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Places where a browser of the Chromium family may be, the most likely first. Only these have app windows. */
export function browserCandidates(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): readonly string[] {
  const chosen = environment['BITWRIGHT_BROWSER'];
  if (chosen) return [chosen];
  if (platform === 'win32') return windowsCandidates(environment);
  if (platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser'];
    const roots = ['/Applications', join(environment['HOME'] ?? '/', 'Applications')];
    return roots.flatMap((root) => apps.map((app) => `${root}/${app}.app/Contents/MacOS/${app}`));
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'microsoft-edge-stable', 'brave-browser'];
  const folders = (environment['PATH'] ?? '/usr/bin').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}

function windowsCandidates(environment: NodeJS.ProcessEnv): readonly string[] {
  const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].map((name) => environment[name]).filter((root) => root !== undefined);
  const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe', 'Chromium\\Application\\chrome.exe'];
  return programs.flatMap((program) => roots.map((root) => `${root}\\${program}`));
}

export function findBrowser(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv, runs: (path: string) => boolean = isProgram): string | null {
  return browserCandidates(platform, environment).find(runs) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A window needs a display; on Linux one can be absent. */
export function hasDisplay(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): boolean {
  return platform !== 'linux' || Boolean(environment['DISPLAY'] || environment['WAYLAND_DISPLAY']);
}

/**
 * An app window with a profile of its own, so that the process lives exactly as long as its window and no extension of
 * the person's browser reaches into the studio.
 */
export function windowArguments(address: string, profile: string, isRoot: boolean): readonly string[] {
  return [
    `--app=${address}`,
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--window-size=1440,900',
    ...(isRoot ? ['--no-sandbox'] : []),
  ];
}
