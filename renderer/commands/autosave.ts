import type { ProjectToSave } from '../../core/jobs/contract.ts';
import { CancelledError, describeError } from '../../core/base/errors.ts';
import { runJob } from '../host/jobs.ts';
import { journals } from '../host/journals.ts';
import { changeSetting } from '../host/machine.ts';
import { ownId } from '../host/staging.ts';
import { activityStore } from '../state/activity.ts';
import { documentStore } from '../state/document.ts';
import { activeNetwork } from '../state/select/network.ts';
import { hasUnsavedWork, projectName, savingStore } from '../state/saving.ts';
import { trainingStore } from '../state/training.ts';
import { projectToSave } from './project-content.ts';
import { factsOf } from './recents.ts';
import { forgetJournal } from './saving.ts';

/** Kept when nothing has changed for so long, and at the latest so long after the first change. */
const REST_MS = 1500;
const LATEST_MS = 5000;

/** Keeps unsaved work where it survives the page and the machine's process, from now on. */
export function startAutosave(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let firstChangeMs: number | null = null;
  let running = false;

  const later = (): void => {
    const now = performance.now();
    firstChangeMs ??= now;
    clearTimeout(timer);
    timer = setTimeout(() => void keep(), Math.max(0, Math.min(REST_MS, firstChangeMs + LATEST_MS - now)));
  };
  const keep = async (): Promise<void> => {
    if (running) return later();
    firstChangeMs = null;
    running = true;
    await keepUnsavedWork().finally(() => (running = false));
  };
  const soon = (): void => {
    if (document.visibilityState === 'hidden') void keep();
  };
  const stops = [
    documentStore.subscribe(later),
    trainingStore.subscribe((state, before) => {
      if (state.run?.checkpoint !== before.run?.checkpoint || state.recipe !== before.recipe || state.choices !== before.choices || state.seed !== before.seed) later();
    }),
    activityStore.subscribe((state, before) => {
      if (state.evaluations !== before.evaluations || state.speeds !== before.speeds || state.sensitivities !== before.sensitivities || state.baselines !== before.baselines) later();
    }),
    savingStore.subscribe((state, before) => {
      if (state.saved !== before.saved || state.autosave !== before.autosave) later();
    }),
  ];
  document.addEventListener('visibilitychange', soon);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', soon);
    for (const stop of stops) stop();
  };
}

async function keepUnsavedWork(): Promise<void> {
  const { project } = documentStore.getState();
  const { autosave } = savingStore.getState();
  if (!project || !autosave || !hasUnsavedWork()) return forgetJournal();
  const store = journals();
  const id = savingStore.getState().journal ?? ownId();
  // Another project may be opened, or this one saved, while it is being written.
  const stillWanted = (): boolean => savingStore.getState().journal === id;
  try {
    store.hold(id);
    savingStore.setState({ journal: id });
    const { file } = savingStore.getState();
    const facts = { ...factsOf(activeNetwork(project)), name: projectName(project, file), step: documentStore.getState().steps[documentStore.getState().index]?.name ?? '' };
    const known = await store.blobNames(id);
    const content = withoutWeights(await projectToSave(documentStore.getState()), new Set(known));
    const packed = await runJob('packProject', { ...content, known }, { title: 'Keeping unsaved work', priority: -1, quiet: true });
    for (const blob of packed.blobs) {
      if (!stillWanted()) return;
      await store.put(id, blob);
    }
    if (!stillWanted()) return;
    await store.write(id, { document: packed.document, names: packed.names, facts, handle: file?.handle || null });
    if (stillWanted()) savingStore.setState({ autosavedAtMs: Date.now(), problem: null });
    else await store.drop(id);
  } catch (error) {
    if (!(error instanceof CancelledError)) savingStore.setState({ problem: describeError(error) });
  } finally {
    if (!stillWanted()) store.release(id);
  }
}

/** Weights that the journal has already need not go to the worker again: they are named by their hash. */
function withoutWeights(content: ProjectToSave, known: ReadonlySet<string>): ProjectToSave {
  return { ...content, models: new Map([...content.models].map(([hash, model]) => [hash, known.has(hash) ? { ...model, weights: new Map() } : model])) };
}

export function toggleAutosave(): void {
  const autosave = !savingStore.getState().autosave;
  savingStore.setState({ autosave });
  void changeSetting('autosave', autosave);
}
