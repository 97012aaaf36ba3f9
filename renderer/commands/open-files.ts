import type { DataSet, NamedFile, PreprocessId } from '../../core/data/data-set.ts';
import { DATA_FORMATS } from '../../core/data/formats.ts';
import { triedText } from '../../core/data/tried.ts';
import type { FileHandle } from '../../core/host/contract.ts';
import type { ImportedModel } from '../../core/jobs/contract.ts';
import { StudioError } from '../../core/base/errors.ts';
import { IMPORT_FORMATS } from '../../core/import/formats.ts';
import { runJob } from '../host/jobs.ts';
import { host, noteRecent } from '../host/machine.ts';
import { putReport, putTriedPreprocess } from '../state/activity.ts';
import { blobs } from '../state/blobs.ts';
import { beginProject, projectName, savingStore, type SavingState } from '../state/saving.ts';
import { applyEdit, documentStore, openProject, type DocumentState } from '../state/document.ts';
import { newProject } from '../state/edits/new-project.ts';
import { setData } from '../state/edits/project.ts';
import { dataKey } from '../state/keys.ts';
import { collapsedAtFirst } from '../state/select/view-graph.ts';
import { goTo, notify, selectLayer, sessionStore } from '../state/session.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { showData } from './checking-data.ts';
import type { PlacedFile } from './dropped.ts';
import { tellFailure } from './fail.ts';
import { inTurns } from './in-turns.ts';
import { isProjectFile, openProjectFile } from './open-project.ts';
import { inputOf, keepData, tellOtherData } from './project-data.ts';
import { rememberHandle } from './recents.ts';
import { sampleArchive } from './sample-archive.ts';
import { mayLeave, PROJECT_EXTENSION } from './saving.ts';

/** Names that only data sets have. A `.bin` beside a `model.json` is a shard of its weights, and beside an ONNX file its tensors. */
const DATA_NAME = /(ubyte|idx[123])(\.gz)?$|\.(bin|idx|npy|npz|csv|tsv)(\.gz)?$|-(images|labels)/i;
/** Beside a network they are its pictures, such as its drawing, unless they lie in folders. */
const IMAGE_NAME = new RegExp(`\\.(${DATA_FORMATS.images.extensions.join('|')})$`, 'i');

/** Files of CIFAR, which may be opened together with any network. */
const CIFAR_NAME = /(data_batch|test|train)[^\\/]*\.bin$/i;
/** Where ONNX files keep tensors that are too large for them. */
const TENSOR_EXTENSIONS = ['data', 'onnx_data'] as const;

export const MODEL_EXTENSIONS: readonly string[] = Object.values(IMPORT_FORMATS).flatMap((row) => [...row.extensions]);
const DATA_EXTENSIONS: readonly string[] = ['ubyte', ...Object.values(DATA_FORMATS).flatMap((row) => [...row.extensions])];

export function splitFiles<F extends { readonly name: string }>(files: readonly F[]): { readonly model: readonly F[]; readonly data: readonly F[] } {
  const hasModelJson = files.some((file) => /(^|[\\/])model\.json$/i.test(file.name));
  const hasOnnx = files.some((file) => /\.onnx$/i.test(file.name));
  const isWeights = (name: string): boolean => /\.bin$/i.test(name) && (hasModelJson || (hasOnnx && !CIFAR_NAME.test(name)));
  const isData = ({ name }: F): boolean => (DATA_NAME.test(name) && !isWeights(name)) || IMAGE_NAME.test(name);
  const model = files.filter((file) => !isData(file));
  const isLoose = ({ name }: F): boolean => IMAGE_NAME.test(name) && !/[\\/]/.test(name);
  return { model, data: files.filter((file) => isData(file) && !(model.length > 0 && isLoose(file))) };
}

/** A file with the name that the machine knows it by, where it does. */
interface HandledFile extends NamedFile {
  readonly handle?: string;
}

/** Opens whatever was chosen, dropped or named: a project, a model, a data set, or the last two together. */
export async function openFiles(files: readonly HandledFile[]): Promise<void> {
  const project = files.find(isProjectFile);
  const { model, data } = splitFiles(files);
  try {
    if (project) return await openProjectFile(project, project.handle ?? null, askForData);
    if (model.length > 0 && !(await openModel(model))) return;
    if (data.length > 0) await openData(data);
    // Opened together they are where work begins: nothing of it is lost with the window.
    if (model.length > 0) beginProject();
  } catch (error) {
    tellFailure(error, 'Opening');
  }
}

/** Of a project whose pictures could not be found. */
export function askForData(): void {
  void chooseAndOpen('data', sessionStore.getState().capabilities?.dialogs ?? false);
}

/** Returns whether it is open: a person may want to stay with what was open before. */
async function openModel(files: readonly HandledFile[]): Promise<boolean> {
  const imported = await runJob('importModel', { files: files.map(withoutHandle) }, { title: `Opening ${files[0].name}`, priority: 2 });
  if (!(await mayLeave())) return false;
  const [{ handle }] = files;
  if (handle !== undefined) rememberHandle(imported.hash, handle);
  showNetwork(imported, null, 'raw');
  return true;
}

const withoutHandle = ({ name, bytes }: HandledFile): NamedFile => ({ name, bytes });

export function showNetwork(imported: ImportedModel, data: DataSet | null, preprocess: PreprocessId, name?: string): void {
  const before = { document: documentStore.getState(), saving: savingStore.getState() };
  blobs.putModel(imported.hash, imported.model);
  const kept = data && blobs.putData(data);
  putReport(imported.hash, imported.report);
  openProject(newProject({ imported, data: kept, preprocess, name }), `Open ${name ?? imported.fileName}`);
  beginProject();
  sessionStore.setState({ collapsedBlocks: collapsedAtFirst(imported.model.graph) });
  selectLayer(layersOf(imported.model.graph)[0]?.id ?? null);
  goTo('studio');
  if (before.document.project) offerReturn(before);
  tellReport(imported);
}

/** Opening another network loses nothing: the one before, with its history, is one press away. */
function offerReturn({ document, saving: { file, saved, savedAtMs, missingData } }: { readonly document: DocumentState; readonly saving: SavingState }): void {
  const { project } = document;
  if (!project) return;
  const back = async (): Promise<void> => {
    if (!(await mayLeave())) return;
    documentStore.setState(document, true);
    savingStore.setState({ file, saved, savedAtMs, missingData, journal: null, autosavedAtMs: null });
  };
  const name = projectName(project, file);
  const actions = [{ label: `Back to ${name}`, run: () => void back() }];
  notify({ title: `${name} is kept until you leave.`, actions, sticky: false });
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

async function openData(files: readonly HandledFile[]): Promise<void> {
  const { project } = documentStore.getState();
  if (!project) {
    throw new StudioError('A data set needs a network to be shown to.', { next: 'Open a model first, then open the data again, or drop both at once.' });
  }
  const model = blobs.model(project.source.weightsHash);
  const opened = await runJob('openData', { files: files.map(withoutHandle), model, ...inputOf(project.source) }, { title: `Opening ${files[0].name}`, priority: 2 });
  const { missingData } = savingStore.getState();
  const data = blobs.putData(opened.data);
  if (missingData?.reference.hash === data.hash) keepData(opened.data);
  else applyEdit(`Open data ${data.name}`, (current) => setData(current, data, opened.preprocess, files.slice(0, MOST_NOTED).map(({ name }) => name.replace(/^.*[\\/]/, ''))));
  if (missingData) tellOtherData(missingData.reference, data);
  putTriedPreprocess(dataKey(project, data), opened.tried);
  const body = [triedText(project.source.fileName, opened.tried, opened.preprocess), ...data.notes].filter(Boolean).join(' ');
  const actions = [{ label: 'Look at it…', run: showData }];
  if (body !== '') notify({ tone: data.notes.length > 0 ? 'warn' : 'plain', title: `${data.name} is open.`, body, actions });
  await noteData(data, files);
}

/** Files of a data set that are remembered, by the project and by the machine. */
const MOST_NOTED = 500;

/** So that a project finds its pictures again, and the list of recent files shows them. */
async function noteData(data: DataSet, files: readonly HandledFile[]): Promise<void> {
  const handles = files.flatMap(({ handle }) => (handle === undefined ? [] : [handle]));
  if (handles.length < files.length) return;
  // Of more files the folder is asked for again.
  if (handles.length <= MOST_NOTED) await host()?.noteDataFiles({ hash: data.hash, handles }).catch(() => undefined);
  await noteRecent(handles[0], 'data', { samples: data.test.count });
}

export async function openSample(): Promise<void> {
  try {
    const archive = await sampleArchive();
    const { imported, data, preprocess } = await runJob('openSample', { archive }, { title: 'Drawing the sample digits', priority: 2 });
    if (await mayLeave()) showNetwork(imported, data, preprocess, 'Digits');
  } catch (error) {
    tellFailure(error, 'Opening the sample');
  }
}

/** Files that the machine names: recent ones, of the command line, or opened by the system. */
export async function openHandles(handles: readonly Pick<FileHandle, 'handle' | 'name'>[]): Promise<void> {
  const machine = host();
  if (!machine || handles.length === 0) return;
  try {
    await openFiles(await inTurns(handles, async ({ handle, name }) => ({ bytes: (await machine.readFile({ handle })).bytes, name, handle })));
  } catch (error) {
    tellFailure(error, 'Opening');
  }
}

/** Native dialog where the machine has one, otherwise the browser's. */
export async function chooseAndOpen(kind: 'model' | 'data' | 'data-folder', capable: boolean): Promise<void> {
  const extensions: readonly string[] = kind === 'model' ? [PROJECT_EXTENSION, ...MODEL_EXTENSIONS, ...TENSOR_EXTENSIONS, ...DATA_EXTENSIONS] : DATA_EXTENSIONS;
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
    input.addEventListener('change', () => readAll([...(input.files ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, file }))).then(resolve, reject), { once: true });
    input.addEventListener('cancel', () => resolve([]), { once: true });
    input.click();
  });
}

export function readAll(files: readonly PlacedFile[]): Promise<readonly NamedFile[]> {
  return inTurns(files, async ({ name, file }) => ({ name, bytes: new Uint8Array(await file.arrayBuffer()) }));
}
