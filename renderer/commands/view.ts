import { changeSetting, readSettings } from '../host/machine.ts';
import { savingStore } from '../state/saving.ts';
import { sessionStore, type Screen, type Theme } from '../state/session.ts';
import { readColumns } from '../state/select/table-columns.ts';
import { boardsStore, readBoards } from '../state/boards.ts';
import { documentStore } from '../state/document.ts';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
export const THEME_NAMES: Readonly<Record<Theme, string>> = { system: 'follows the system', light: 'light', dark: 'dark' };

export function setTheme(theme: Theme): void {
  sessionStore.setState({ theme });
  showTheme(theme);
  void changeSetting('theme', theme);
}

export function nextTheme(): void {
  const { theme } = sessionStore.getState();
  setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
}

export function showTheme(theme: Theme): void {
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset['theme'] = theme;
}

/** Puts back what this person chose last time. */
export async function restoreSettings(): Promise<void> {
  const settings = await readSettings();
  const theme = THEMES.find((known) => known === settings['theme']);
  if (theme) {
    sessionStore.setState({ theme });
    showTheme(theme);
  }
  sessionStore.setState({ columns: readColumns(settings['tableColumns']) });
  const boards = readBoards(settings['boards']);
  if (boards) boardsStore.setState({ boards });
  if (settings['measureUnasked'] === false) sessionStore.setState({ measureUnasked: false });
  if (settings['autosave'] === false) savingStore.setState({ autosave: false });
}

export function openScreen(screen: Screen): void {
  if (screen !== 'start' && !documentStore.getState().project) return;
  sessionStore.setState({ screen });
}
