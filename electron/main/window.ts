import { BrowserWindow, app, dialog, nativeTheme } from 'electron';
import { STUDIO_ORIGIN } from '../../core/host/handshake.ts';
import { createReloadLimit } from './reload-limit.ts';
import { webPreferences } from './web-preferences.ts';

/** `--bg-chrome`, the page's own background of each theme, so that nothing flashes before the first paint. */
const BACKGROUND = { dark: '#111315', light: '#e8e9ec' } as const;

export function makeWindow(preload: string): BrowserWindow {
  const window = new BrowserWindow({
    name: 'studio',
    windowStatePersistence: true,
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    show: false,
    title: 'Bitwright',
    // The page draws its own menu bar; Alt shows the native one, and a Mac keeps its menu at the top of the screen.
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: webPreferences(preload, app.isPackaged),
  });
  window.once('ready-to-show', () => window.show());
  const mayReload = createReloadLimit();
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    // The page restores itself from its journal; a page that dies again and again must not spin.
    if (reason !== 'clean-exit' && mayReload(performance.now())) window.webContents.reload();
  });
  window.webContents.on('will-prevent-unload', (event) => {
    if (leavesUnsaved(window)) event.preventDefault();
  });
  void window.loadURL(`${STUDIO_ORIGIN}/index.html`);
  return window;
}

/** A browser asks by itself; Electron would just not close. */
function leavesUnsaved(window: BrowserWindow): boolean {
  const buttons = ['Keep working', 'Close without saving'];
  const question = { type: 'warning' as const, buttons, defaultId: 0, cancelId: 0, message: 'There is unsaved work.', detail: 'It stays on this computer: the next start offers to recover it.' };
  return dialog.showMessageBoxSync(window, question) === 1;
}
