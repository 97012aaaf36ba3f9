import { COMMANDS } from './table.ts';
import { isTextField, matchesShortcut } from './shortcut.ts';

/** Listens for the shortcuts of every command. Keys without a modifier are left to text fields and open menus. */
export function listenForShortcuts(target: Window): () => void {
  const press = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.repeat) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const inside = event.target instanceof Element ? event.target.closest('[role="menu"], [role="listbox"], [role="dialog"]') : null;
    if (plain && (isTextField(event.target) || inside)) return;
    for (const command of COMMANDS) {
      if (!command.shortcut || !matchesShortcut(command.shortcut, event)) continue;
      // A text field keeps its own undo, select-all and the like.
      if (isTextField(event.target) && /^Mod\+(Shift\+)?[AZ]$/.test(command.shortcut)) return;
      if (command.enabled() !== true) continue;
      event.preventDefault();
      void command.run();
      return;
    }
  };
  target.addEventListener('keydown', press);
  return () => target.removeEventListener('keydown', press);
}
