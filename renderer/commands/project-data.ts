import type { DataSet } from '../../core/data/data-set.ts';
import type { DataReference, Project } from '../../core/project/schema.ts';
import type { Grid } from '../../core/quant/calibration.ts';
import { runJob } from '../host/jobs.ts';
import { host } from '../host/machine.ts';
import { blobs } from '../state/blobs.ts';
import { savingStore } from '../state/saving.ts';
import { notify } from '../state/session.ts';
import { inTurns } from './in-turns.ts';
import { inspectAgain } from './inspecting.ts';
import { measureAgain } from './measure.ts';
import { sampleArchive } from './sample-archive.ts';

/** The pictures of a project that was opened: drawn again, or read from where they were; otherwise asked for by name. */
export async function findData({ data, source }: Project, ask: () => void): Promise<void> {
  if (!data || blobs.data(data.hash)) return;
  savingStore.setState({ missingData: { reference: data, finding: true } });
  const found = await (data.format === 'sample' ? drawnAgain() : readAgain(data, source)).catch(() => null);
  if (found?.hash === data.hash) return keepData(found);
  if (savingStore.getState().missingData?.reference !== data) return;
  savingStore.setState({ missingData: { reference: data, finding: false } });
  const files = data.files.length > 0 ? ` (${data.files.slice(0, 3).join(', ')}${data.files.length > 3 ? ' …' : ''})` : '';
  notify({
    tone: 'plain',
    title: `${data.name} is not where it was.`,
    body: `The results that are shown were measured before. Open its files again${files} to measure and train.`,
    sticky: true,
    actions: [{ label: 'Open data…', run: ask }],
  });
}

/** What a data set is read for: the shape of a sample, and the grid that a quantised file states for the input. */
export function inputOf({ graph, grids }: Project['source']): { readonly shape: readonly number[]; readonly inputGrid?: Grid } {
  const [input] = graph.inputs;
  return { shape: input.shape.slice(1), inputGrid: grids?.[input.id] };
}

/** Pictures that the open project has results of are here again. */
export function keepData(data: DataSet): void {
  blobs.putData(data);
  savingStore.setState({ missingData: null });
  measureAgain();
  inspectAgain();
}

async function drawnAgain(): Promise<DataSet> {
  const { data } = await runJob('openSample', { archive: await sampleArchive() }, { title: 'Drawing the sample digits', priority: 2 });
  return data;
}

async function readAgain({ hash, name: title }: DataReference, source: Project['source']): Promise<DataSet | null> {
  const machine = host();
  const handles = (await machine?.findDataFiles({ hash })) ?? [];
  if (!machine || handles.length === 0) return null;
  const files = await inTurns(handles, async ({ handle, name }) => ({ name, bytes: (await machine.readFile({ handle })).bytes }));
  const { data } = await runJob('openData', { files, ...inputOf(source) }, { title: `Opening ${title}`, priority: 2 });
  return data;
}

/** Says that other pictures were opened than those that the results are of. */
export function tellOtherData(wanted: DataReference, opened: DataSet): void {
  if (wanted.hash === opened.hash) return;
  notify({ tone: 'warn', title: `These are not the pictures that the results were measured on.`, body: `${opened.name} is open now. Undo goes back to ${wanted.name} and its results.` });
}
