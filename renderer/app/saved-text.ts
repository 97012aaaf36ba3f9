import { formats } from '../ui/format.ts';

export interface SavedFacts {
  readonly unsaved: boolean;
  readonly file: string | null;
  readonly savedAtMs: number | null;
  readonly autosave: boolean;
  readonly autosavedAtMs: number | null;
  readonly problem: boolean;
}

const clock = (atMs: number): string => new Intl.DateTimeFormat(formats.locale, { hour: '2-digit', minute: '2-digit', hour12: false }).format(atMs);

/** "Autosaved 14:02"; null where nothing was changed and no file is there to name. `safe`: it survives a crash. */
export function savedText({ unsaved, file, savedAtMs, autosave, autosavedAtMs, problem }: SavedFacts): { readonly text: string; readonly safe: boolean } | null {
  if (!unsaved) return file === null ? null : { text: savedAtMs === null ? file : `Saved ${clock(savedAtMs)} in ${file}`, safe: true };
  if (problem) return { text: 'Unsaved changes, and they cannot be kept', safe: false };
  if (!autosave || autosavedAtMs === null) return { text: 'Unsaved changes', safe: false };
  return { text: `Autosaved ${clock(autosavedAtMs)}`, safe: true };
}
