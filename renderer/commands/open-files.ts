import type { DataSet, NamedFile, PreprocessId } from '../../core/data/data-set.ts';
import type { FileHandle } from '../../core/host/contract.ts';
import type { ImportedModel } from '../../core/jobs/contract.ts';
import { StudioError } from '../../core/base/errors.ts';
import { IMPORT_FORMATS } from '../../core/import/formats.ts';
import { runJob } from '../host/jobs.ts';
import { host, noteRecent } from '../host/machine.ts';
import { putReport } from '../state/activity.ts';
import { blobs } from '../state/blobs.ts';
import { applyEdit, documentStore, openProject, type DocumentState } from '../state/document.ts';
import { newProject } from '../state/edits/new-project.ts';
import { setData } from '../state/edits/project.ts';
import { goTo, notify, selectLayer } from '../state/session.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { tellFailure } from './fail.ts';
import { rememberHandle } from './recents.ts';

/** Names that only data sets have. A `.bin` beside a `model.json` is a shard of its weights. */
const DATA_NAME = /(ubyte|idx[123])(\.gz)?$|\.(bin|idx|npy|npz|csv)(\.gz)?$|-(images|labels)/i;

export const MODEL_EXTENSIONS: readonly string[] = Object.values(IMPORT_FORMATS).flatMap((row) => [...row.extensions]);
export const DATA_EXTENSIONS = ['gz', 'bin', 'idx', 'ubyte'] as const;

export function splitFiles<F extends { readonly name: string }>(files: readonly F[]): { readonly model: readonly F[]; readonly data: readonly F[] } {
  const hasModelJson = files.some((file) => /(^|[\\/])model\.json$/i.test(file.name));
  const isData = (file: F): boolean => DATA_NAME.test(file.name) && !(hasModelJson && /\.bin$/i.test(file.name));
  return { model: files.filter((file) => !isData(file)), data: files.filter(isData) };
}

/** Opens whatever was chosen, dropped or named: a model, a data set, or both. */
export async function openFiles(files: readonly NamedFile[], handle: string | null = null): Promise<void> {
  const { model, data } = splitFiles(files);
  try {
    if (model.length > 0) await openModel(model, handle);
    if (data.length > 0) await openData(data, model.length > 0 ? null : handle);
  } catch (error) {
    tellFailure(error, 'Opening');
  }
}

async function openModel(files: readonly NamedFile[], handle: string | null): Promise<void> {
  const imported = await runJob('importModel', { files }, { title: `Opening ${files[0].name}`, priority: 2 });
  if (handle !== null) rememberHandle(imported.hash, handle);
  showNetwork(imported, null, 'raw');
}

export function showNetwork(imported: ImportedModel, data: DataSet | null, preprocess: PreprocessId, name?: string): void {
  const before = documentStore.getState();
  blobs.putModel(imported.hash, imported.model);
  const kept = data && blobs.putData(data);
  putReport(imported.hash, imported.report);
  openProject(newProject({ imported, data: kept, preprocess, name }), `Open ${name ?? imported.fileName}`);
  selectLayer(layersOf(imported.model.graph)[0]?.id ?? null);
  goTo('studio');
  if (before.project) offerReturn(before);
  tellReport(imported);
}

/** Opening another network loses nothing: the one before, with its history, is one press away. */
function offerReturn(before: DocumentState): void {
  const { project } = before;
  if (!project) return;
  const actions = [{ label: `Back to ${project.name}`, run: () => documentStore.setState(before, true) }];
  notify({ title: `${project.name} is kept until you leave.`, actions, sticky: false });
}

function tellReport({ report }: ImportedModel): void {
  if (report.unknown.length > 0) {
    const names = [...new Set(report.unknown.map((node) => node.op))].join(', ');
    notify({
      tone: 'warn',
      title: `${report.unknown.length} operator${report.unknown.length > 1 ? 's' : ''} cannot be run: ${names}.`,
      body: 'They stay in the graph as grey nodes; size is exact, accuracy and speed cannot be measured.',
      sticky: true,
    });
  } else if (report.runs !== true) {
    notify({ tone: 'warn', title: 'The network does not run as it is.', body: report.runs, sticky: true });
  }
}

async function openData(files: readonly NamedFile[], handle: string | null): Promise<void> {
  const { project } = documentStore.getState();
  if (!project) {
    throw new StudioError('A data set needs a network to be shown to.', { next: 'Open a model first, then open the data again, or drop both at once.' });
  }
  const model = blobs.model(project.source.weightsHash);
  const opened = await runJob('openData', { files, model }, { title: `Opening ${files[0].name}`, priority: 2 });
  const data = blobs.putData(opened.data);
  applyEdit(`Open data ${data.name}`, (current) => setData(current, data, opened.preprocess));
  if (data.notes.length > 0) notify({ tone: 'warn', title: `${data.name} is open.`, body: data.notes.join(' ') });
  if (handle !== null) await noteRecent(handle, 'data', { samples: data.test.count });
}

export async function openSample(): Promise<void> {
  try {
    const response = await fetch('/sample/digits-cnn.bitmodel');
    if (!response.ok) throw new StudioError('The sample network is not part of this build.', { where: '/sample/digits-cnn.bitmodel', next: 'Build the studio again.' });
    const archive = new Uint8Array(await response.arrayBuffer());
    const { imported, data, preprocess } = await runJob('openSample', { archive }, { title: 'Drawing the sample digits', priority: 2 });
    showNetwork(imported, data, preprocess, 'Digits');
  } catch (error) {
    tellFailure(error, 'Opening the sample');
  }
}

/** Files that the machine names: recent ones, of the command line, or opened by the system. */
export async function openHandles(handles: readonly Pick<FileHandle, 'handle'>[]): Promise<void> {
  const machine = host();
  if (!machine || handles.length === 0) return;
  try {
    const files = await Promise.all(handles.map(({ handle }) => machine.readFile({ handle })));
    await openFiles(files, handles[0].handle);
  } catch (error) {
    tellFailure(error, 'Opening');
  }
}

/** Native dialog where the machine has one, otherwise the browser's. */
export async function chooseAndOpen(kind: 'model' | 'data' | 'data-folder', capable: boolean): Promise<void> {
  const extensions: readonly string[] = kind === 'model' ? [...MODEL_EXTENSIONS, ...DATA_EXTENSIONS] : DATA_EXTENSIONS;
  const machine = host();
  try {
    if (!machine || !capable) return await openFiles(await chooseInBrowser(extensions, kind === 'data-folder'));
    const title = kind === 'model' ? 'Open a model' : 'Open a data set';
    const handles = await machine.chooseFiles({ title, extensions, folder: kind === 'data-folder', multiple: true });
    await openHandles(handles);
  } catch (error) {
    tellFailure(error, 'Opening');
  }
}

/** Resolves with nothing when the dialog is dismissed. */
function chooseInBrowser(extensions: readonly string[], folder: boolean): Promise<readonly NamedFile[]> {
  return new Promise((resolve, reject) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    if (folder) input.webkitdirectory = true;
    else input.accept = extensions.map((extension) => `.${extension}`).join(',');
    input.addEventListener('change', () => readAll([...(input.files ?? [])]).then(resolve, reject), { once: true });
    input.addEventListener('cancel', () => resolve([]), { once: true });
    input.click();
  });
}

export function readAll(files: readonly File[]): Promise<readonly NamedFile[]> {
  return Promise.all(
    files.map(async (file) => ({ name: file.webkitRelativePath || file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
  );
}
