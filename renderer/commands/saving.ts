import { runJob } from '../host/jobs.ts';
import { journals } from '../host/journals.ts';
import { host, noteRecent } from '../host/machine.ts';
import { stageBytes } from '../host/staging.ts';
import { documentStore } from '../state/document.ts';
import { activeNetwork } from '../state/select/network.ts';
import { hasUnsavedWork, projectName, savingStore, workMark, type LeaveAnswer, type SavedFile } from '../state/saving.ts';
import { notify, sessionStore } from '../state/session.ts';
import { tellFailure } from './fail.ts';
import { projectToSave } from './project-content.ts';
import { factsOf } from './recents.ts';

export const PROJECT_EXTENSION = 'bitproj';

let saving: Promise<boolean> | null = null;

/** Writes the project over its file, or asks where; `as` always asks. Returns whether it is saved now. */
export function saveProject(as = false): Promise<boolean> {
  saving ??= save(as)
    .catch((error: unknown) => {
      tellFailure(error, 'Saving');
      return false;
    })
    .finally(() => (saving = null));
  return saving;
}

async function save(as: boolean): Promise<boolean> {
  const state = documentStore.getState();
  const { project } = state;
  if (!project) return false;
  const { file } = savingStore.getState();
  const over = as ? null : file;
  const name = over ? projectName(project, over) : await nameFor(as ? projectName(project, file) : project.name);
  if (name === null) return false;
  // What is edited while it is written is not in the file.
  const mark = workMark();
  const { document } = await runJob('packProject', { ...(await projectToSave(state)), known: null }, { title: `Saving ${name}`, priority: 2 });
  const written = await write(document, over, name);
  if (!written) return false;
  // Before the page says that it is saved: from then on it must be found again.
  if (written.handle !== '') await noteRecent(written.handle, 'project', factsOf(activeNetwork(project)));
  savingStore.setState({ file: written, saved: mark, savedAtMs: Date.now() });
  await forgetJournal();
  if (!over) notify({ tone: 'better', title: `Saved as ${written.name}.`, body: written.folder ?? '' });
  return true;
}

/** A native dialog asks for name and place by itself. */
function nameFor(suggestion: string): Promise<string | null> {
  const plain = suggestion.replace(/[\\/:*?"<>|\u0000-\u001f]/g, ' ').replace(/[. ]+$/, '').trim().slice(0, 80) || 'Project';
  if (sessionStore.getState().capabilities?.dialogs) return Promise.resolve(plain);
  return new Promise((resolve) => {
    const answer = (name: string | null): void => {
      savingStore.setState({ naming: null });
      resolve(name);
    };
    savingStore.setState({ naming: { suggestion: plain, answer } });
  });
}

async function write(bytes: Uint8Array<ArrayBuffer>, over: SavedFile | null, name: string): Promise<SavedFile | null> {
  const machine = host();
  if (!machine) return download(bytes, `${name}.${PROJECT_EXTENSION}`);
  const written = await machine.saveProject({ staged: await stageBytes(machine, bytes), handle: over?.handle ?? null, name });
  return written && { handle: written.file.handle, name: written.file.name, folder: written.folder };
}

/** A page without a machine cannot write over a file: each save is a download. */
function download(bytes: Uint8Array<ArrayBuffer>, name: string): SavedFile {
  const address = URL.createObjectURL(new Blob([bytes]));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return { handle: '', name, folder: null };
}

/** Asks where something would be lost. Returns whether the project may be left. */
export async function mayLeave(): Promise<boolean> {
  if (!hasUnsavedWork()) return true;
  const answer = await new Promise<LeaveAnswer>((resolve) => {
    const choose = (chosen: LeaveAnswer): void => {
      savingStore.setState({ question: null });
      resolve(chosen);
    };
    // Two things cannot be opened at once: the second waits for nothing.
    savingStore.getState().question?.answer('stay');
    savingStore.setState({ question: { answer: choose } });
  });
  if (answer === 'stay') return false;
  if (answer === 'save') return saveProject();
  await forgetJournal();
  return true;
}

/** What was kept of the open project goes: it is saved, or nobody wants it. */
export async function forgetJournal(): Promise<void> {
  const { journal } = savingStore.getState();
  if (journal === null) return;
  savingStore.setState({ journal: null, autosavedAtMs: null });
  journals().release(journal);
  await journals().drop(journal).catch(() => undefined);
}

/** The browser asks with words of its own. */
export function askBeforeUnload(target: Window): () => void {
  const ask = (event: BeforeUnloadEvent): void => {
    if (hasUnsavedWork()) event.preventDefault();
  };
  target.addEventListener('beforeunload', ask);
  return () => target.removeEventListener('beforeunload', ask);
}

