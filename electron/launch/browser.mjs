// Finds and starts a browser of the Chromium family: only these have app windows.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Places where one may be, the most likely first. BITWRIGHT_BROWSER names one. */
export function browserCandidates(platform, environment) {
  if (environment.BITWRIGHT_BROWSER) return [environment.BITWRIGHT_BROWSER];
  if (platform === 'win32') return windowsCandidates(environment);
  if (platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser'];
    const roots = ['/Applications', join(environment.HOME ?? '/', 'Applications')];
    return roots.flatMap((root) => apps.map((app) => `${root}/${app}.app/Contents/MacOS/${app}`));
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'microsoft-edge-stable', 'brave-browser'];
  const folders = (environment.PATH ?? '/usr/bin').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}

function windowsCandidates(environment) {
  const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].map((name) => environment[name]).filter(Boolean);
  const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe', 'Chromium\\Application\\chrome.exe'];
  return programs.flatMap((program) => roots.map((root) => `${root}\\${program}`));
}

export function findBrowser(platform, environment, runs = isProgram) {
  return browserCandidates(platform, environment).find(runs) ?? null;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A window needs a display; on Linux one can be absent. */
export function hasDisplay(platform, environment) {
  return platform !== 'linux' || Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}

/**
 * An app window with a profile of its own, so that the process lives exactly as long as its window and no extension of
 * the person's browser reaches into the studio.
 */
export function windowArguments(address, profile, isRoot) {
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
