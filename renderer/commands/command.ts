import type { SchemeId } from '../../core/schemes/scheme.ts';

export const MENUS = ['File', 'Edit', 'View', 'Layer', 'Run', 'Help'] as const;
export type MenuName = (typeof MENUS)[number];

/** One thing a person can ask for. Menus, palette, shortcuts and toolbar buttons all come from the same object. */
export interface Command {
  readonly id: string;
  /** Sentence case, a verb first; "…" at the end where it asks for more. */
  readonly title: string | (() => string);
  readonly menu?: MenuName;
  /** Commands of one menu with the same group stand together. */
  readonly group?: number;
  /** "Mod+Shift+P", "1", "L". Mod is Cmd on a Mac and Ctrl elsewhere. */
  readonly shortcut?: string;
  /** Shown with this precision's letter. */
  readonly scheme?: SchemeId;
  /** Only in the palette and by shortcut. */
  readonly hidden?: boolean;
  /** true, or the reason why not, in the present tense. */
  readonly enabled: () => true | string;
  readonly checked?: () => boolean;
  readonly run: () => void | Promise<void>;
}

export const ALWAYS = (): true => true;

export function titleOf(command: Command): string {
  return typeof command.title === 'string' ? command.title : command.title();
}
