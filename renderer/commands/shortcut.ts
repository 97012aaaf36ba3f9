export const IS_MAC = typeof navigator !== 'undefined' && /Mac|iP(hone|ad)/.test(navigator.platform);

export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** Does the key press say the shortcut? */
export function matchesShortcut(shortcut: string, press: KeyPress, mac = IS_MAC): boolean {
  const parts = shortcut.split('+');
  const key = parts[parts.length - 1];
  const mod = mac ? press.metaKey : press.ctrlKey;
  const otherMod = mac ? press.ctrlKey : press.metaKey;
  if (mod !== parts.includes('Mod') || otherMod || press.altKey !== parts.includes('Alt')) return false;
  if (press.shiftKey !== parts.includes('Shift') && !(key === '?' && press.key === '?')) return false;
  // Digits and letters by position where the layout moves them, by character otherwise.
  return press.key.toLowerCase() === key.toLowerCase() || press.code === `Digit${key}` || press.code === `Numpad${key}`;
}

/** Single keys are for the table and graph: a text field keeps them. */
export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button'].includes(target.type);
}

const MAC_NAMES: Readonly<Record<string, string>> = { Mod: '⌘', Shift: '⇧', Alt: '⌥' };

/** The keys as they are printed on this machine's keyboard. */
export function shortcutKeys(shortcut: string, mac = IS_MAC): readonly string[] {
  return shortcut.split('+').map((part) => (mac ? (MAC_NAMES[part] ?? part) : part === 'Mod' ? 'Ctrl' : part));
}

export function shortcutText(shortcut: string, mac = IS_MAC): string {
  return shortcutKeys(shortcut, mac).join(mac ? '' : ' ');
}

/** For `aria-keyshortcuts`. */
export function ariaShortcut(shortcut: string, mac = IS_MAC): string {
  return shortcut.replace('Mod', mac ? 'Meta' : 'Control');
}
