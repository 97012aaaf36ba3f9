import { BrowserWindow, Notification, dialog, shell } from 'electron';
import type { OpenDialogOptions } from 'electron';
import type { ShellPorts } from '../host/services.ts';

/** Native dialogs, file manager, notices and the system's browser. */
export function electronPorts(window: () => BrowserWindow | null): ShellPorts {
  const choose = async (options: OpenDialogOptions): Promise<readonly string[]> => {
    const parent = window();
    const answer = parent ? await dialog.showOpenDialog(parent, options) : await dialog.showOpenDialog(options);
    return answer.canceled ? [] : answer.filePaths;
  };
  return {
    chooseFiles: ({ title, extensions, folder, multiple }) =>
      choose({
        title,
        properties: [folder ? 'openDirectory' : 'openFile', ...(multiple ? (['multiSelections'] as const) : [])],
        ...(extensions.length === 0 || folder ? {} : { filters: [{ name: title, extensions: [...extensions] }, { name: 'All files', extensions: ['*'] }] }),
      }),
    chooseFolder: async ({ title }) => (await choose({ title, properties: ['openDirectory', 'createDirectory'] }))[0] ?? null,
    chooseSavePath: async ({ title, name, extension }) => {
      const options = { title, defaultPath: `${name}.${extension}`, filters: [{ name: title, extensions: [extension] }] };
      const parent = window();
      const answer = parent ? await dialog.showSaveDialog(parent, options) : await dialog.showSaveDialog(options);
      return answer.canceled ? null : answer.filePath;
    },
    reveal: async (path) => shell.showItemInFolder(path),
    // Only when nobody is looking: a person in front of the window sees the page's own notice.
    notify: async (title, body) => {
      if (BrowserWindow.getFocusedWindow() === null && Notification.isSupported()) new Notification({ title, body }).show();
    },
    openLink: (url) => shell.openExternal(url),
  };
}
