import { join } from 'node:path';
import { Menu, app, ipcMain, protocol, session } from 'electron';
import type { BrowserWindow } from 'electron';
import { createEventHub } from '../host/event-hub.ts';
import { createHandles } from '../host/handles.ts';
import { launchPaths } from '../host/launch-paths.ts';
import { createPageHandler } from '../host/page.ts';
import { createHostServices } from '../host/services.ts';
import { userDataFolder } from '../host/user-data.ts';
import { guardContents, guardSession } from './guards.ts';
import { serveHostPorts } from './host-port.ts';
import { menuTemplate } from './menu.ts';
import { handleScheme, registerScheme } from './scheme.ts';
import { electronPorts } from './shell-ports.ts';
import { makeWindow } from './window.ts';

const OUT = join(import.meta.dirname, '..');

app.enableSandbox();
registerScheme(protocol);
app.setPath('userData', userDataFolder(process.platform, process.env));

if (!app.requestSingleInstanceLock()) app.quit();
else start();

function start(): void {
  let window: BrowserWindow | null = null;
  const handles = createHandles();
  const events = createEventHub();
  const ports = electronPorts(() => window);

  const openFiles = async (paths: readonly string[]): Promise<void> => {
    const granted = await Promise.all(paths.map((path) => handles.grant(path).catch(() => null)));
    const files = granted.filter((file) => file !== null);
    if (files.length > 0) events.emit({ kind: 'open-files', files });
    if (window?.isMinimized()) window.restore();
    window?.focus();
  };
  app.on('second-instance', (_event, argv, folder) => void openFiles(launchPaths(argv, folder)));
  app.on('open-file', (event, path) => {
    event.preventDefault();
    void openFiles([path]);
  });
  app.on('window-all-closed', () => app.quit());
  guardContents(app, ports.openLink);

  const services = createHostServices({
    userData: app.getPath('userData'),
    shell: 'electron',
    version: app.getVersion(),
    ports,
    handles,
    events,
    launchPaths: launchPaths(process.argv, process.cwd()),
    now: () => new Date(),
    proofThread: join(OUT, 'main', 'proof-thread.js'),
  });
  serveHostPorts(ipcMain, services);

  void app.whenReady().then(() => {
    guardSession(session.defaultSession);
    handleScheme(protocol, createPageHandler(join(OUT, 'renderer')));
    const command = (id: string): void => events.emit({ kind: 'command', id });
    const openLink = (url: string): void => void ports.openLink(url);
    const template = menuTemplate({ isMac: process.platform === 'darwin', isPackaged: app.isPackaged, command, openLink });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
    window = makeWindow(join(OUT, 'preload', 'index.cjs'));
  });
}
