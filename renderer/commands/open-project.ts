import type { NamedFile } from '../../core/data/data-set.ts';
import type { JournalEntry } from '../../core/host/contract.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { isZip, zipMentions } from '../../core/import/detect.ts';
import type { OpenedProject } from '../../core/jobs/contract.ts';
import { runJob } from '../host/jobs.ts';
import { journals } from '../host/journals.ts';
import { activityStore } from '../state/activity.ts';
import { documentStore } from '../state/document.ts';
import { beginProject, savingStore, type SavedFile } from '../state/saving.ts';
import { collapsedAtFirst } from '../state/select/view-graph.ts';
import { goTo, notify, selectLayer, sessionStore } from '../state/session.ts';
import { isTraining, trainingStore } from '../state/training.ts';
import { tellFailure } from './fail.ts';
import { findData } from './project-data.ts';
import { restoreContent } from './project-content.ts';
import { identityOf } from '../state/keys.ts';
import { mayLeave, PROJECT_EXTENSION } from './saving.ts';

/** By content; by name too, so that a damaged one gets its own message. */
export function isProjectFile({ name, bytes }: NamedFile): boolean {
  return name.toLowerCase().endsWith(`.${PROJECT_EXTENSION}`) || (isZip(bytes) && zipMentions(bytes, 'project.json'));
}

/** Opens a project file in place of what is open. `handle` names it to the machine, where it has one. */
export async function openProjectFile({ name, bytes }: NamedFile, handle: string | null, askForData: () => void): Promise<void> {
  const opened = await runJob('openProject', { fileName: name, source: { bytes } }, { title: `Opening ${name}`, priority: 2 });
  if (!(await mayLeave())) return;
  // Without a handle the next save asks where.
  show(opened, handle === null ? null : { handle, name, folder: null }, null);
  await findData(opened.steps[opened.index].project, askForData);
}

function show(opened: OpenedProject, file: SavedFile | null, journal: string | null): void {
  // Its newest checkpoint stays with its network.
  stopTraining();
  restoreContent(opened);
  const { index, lost } = opened;
  const steps = opened.steps.map((step) => ({ ...step, gesture: null }));
  const { project } = steps[index];
  documentStore.setState({ project, steps, index }, true);
  beginProject({ file, journal });
  const { graph } = identityOf(project, project.variants[project.active]);
  sessionStore.setState({ collapsedBlocks: collapsedAtFirst(graph) });
  selectLayer(layersOf(graph)[0]?.id ?? null);
  goTo('studio');
  if (lost > 0) notify({ tone: 'warn', title: `${lost} result${lost === 1 ? '' : 's'} of the project could not be read.`, body: 'What was measured is measured again; a training run that was cut off is gone.' });
}

/** By its job: the commands of the Train screen load with that screen. */
function stopTraining(): void {
  const { run } = trainingStore.getState();
  if (run && isTraining(run)) Object.values(activityStore.getState().jobs).find(({ lane, title }) => lane === 'long' && title === `Training ${run.name}`)?.cancel();
}

/** Looks for what earlier sessions left unsaved. One that another page seems to hold may be this page before a reload. */
export async function findUnsavedWork(again = true): Promise<void> {
  const entries = await journals().list().catch(() => []);
  const own = savingStore.getState().journal;
  const free = entries.filter(({ id, held }) => !held && id !== own);
  savingStore.setState({ recoverable: free });
  if (again && free.length < entries.length) setTimeout(() => void findUnsavedWork(false), 1500);
}

/** Where something else was opened at once, the start page with its offer is not in sight. */
export function tellUnsavedWork(): void {
  const [newest] = savingStore.getState().recoverable;
  if (!newest || sessionStore.getState().screen === 'start') return;
  const actions = [{ label: 'Start page', run: () => goTo('start') }];
  notify({ title: `${String(newest.facts['name'] ?? 'A project')} was not saved.`, body: 'The start page can bring it back.', actions });
}

/** Brings back unsaved work, still unsaved. */
export async function recover(entry: JournalEntry, askForData: () => void): Promise<void> {
  const name = String(entry.facts['name'] ?? 'The unsaved work');
  const store = journals();
  try {
    const source = await store.read(entry.id);
    const opened = await runJob('openProject', { fileName: name, source }, { title: `Recovering ${name}`, priority: 2 });
    if (!(await mayLeave())) return;
    store.hold(entry.id);
    forget(entry.id);
    show(opened, entry.file && { handle: entry.file.handle, name: entry.file.name, folder: null }, entry.id);
    savingStore.setState({ autosavedAtMs: Date.parse(entry.savedAt) });
    await findData(opened.steps[opened.index].project, askForData);
  } catch (error) {
    tellFailure(error, `Recovering ${name}`);
  }
}

export async function discardUnsavedWork({ id }: JournalEntry): Promise<void> {
  forget(id);
  await journals().drop(id).catch((error: unknown) => tellFailure(error, 'Discarding'));
}

function forget(id: string): void {
  savingStore.setState((state) => ({ recoverable: state.recoverable.filter((entry) => entry.id !== id) }));
}
