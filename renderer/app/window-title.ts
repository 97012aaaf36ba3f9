import { documentStore } from '../state/document.ts';
import { isUnsaved, projectName, savingStore, workMark } from '../state/saving.ts';
import { sessionStore } from '../state/session.ts';
import { trainingStore } from '../state/training.ts';

/** "• Digits – Bitwright": the dot stands for unsaved changes. What ended out of sight comes first. */
export function titleText(name: string | null, unsaved: boolean, ended: string | null): string {
  if (ended !== null) return `${ended.endsWith('failed.') ? '✗' : '✓'} ${ended.replace(/\.$/, '')} – Bitwright`;
  return name === null ? 'Bitwright' : `${unsaved ? '• ' : ''}${name} – Bitwright`;
}

/** Keeps the title of the window true from now on. */
export function startTitling(): void {
  const show = (): void => {
    const { project } = documentStore.getState();
    const { file, saved } = savingStore.getState();
    const text = titleText(project && projectName(project, file), isUnsaved(workMark(), saved), sessionStore.getState().endedAway);
    if (document.title !== text) document.title = text;
  };
  documentStore.subscribe(show);
  savingStore.subscribe(show);
  sessionStore.subscribe((state, before) => {
    if (state.endedAway !== before.endedAway) show();
  });
  trainingStore.subscribe((state, before) => {
    if (state.run?.checkpoint !== before.run?.checkpoint) show();
  });
  show();
}
