import type { DataSet, PreprocessId } from '../../core/data/data-set.ts';
import { PREPROCESS } from '../../core/data/data-set.ts';
import { preprocessRefusal } from '../../core/data/preprocess.ts';
import { triedText } from '../../core/data/tried.ts';
import type { TriedPreprocess } from '../../core/data/tried.ts';
import { evaluateProgram } from '../../core/jobs/evaluate.ts';
import { JOBS } from '../../core/jobs/index.ts';
import type { Grid } from '../../core/quant/calibration.ts';
import type { Program } from '../../core/runtime/program.ts';
import type { ParsedArguments } from './arguments.ts';
import { readDataPath } from './files.ts';
import type { OpenedNetwork } from './network.ts';
import type { Terminal } from './terminal.ts';

export interface OpenedData {
  readonly data: DataSet;
  readonly preprocess: PreprocessId;
  /** Empty where the preprocessing was named, or remembered by a variant. */
  readonly tried: readonly TriedPreprocess[];
}

export const DATA_OPTIONS = {
  data: { value: 'PATH', help: 'A file or folder of a data set: IDX, CIFAR binary, NumPy, CSV, folders of images.' },
  label: { value: 'COLUMN', help: 'Of a table: the column of the class, by its name or its number from 1; looked for where left out.' },
  preprocess: { value: 'ID', help: 'How pixels become numbers; tried out where left out.', choices: Object.keys(PREPROCESS) },
} as const;

const TRIED_SAMPLES = 200;

/**
 * Reads the data set that --data names; null without it. The preprocessing is the one asked for, else the one a variant
 * remembers, else the one under which the network answers best.
 */
export async function openDataFor(args: ParsedArguments, terminal: Terminal, network: OpenedNetwork | null): Promise<OpenedData | null> {
  const path = args.text('data');
  if (path === null) return null;
  const files = await readDataPath(path);
  const asked = (args.text('preprocess') as PreprocessId | null) ?? (network?.kind === 'variant' ? network.variant.preprocess : null);
  const report = ({ done, total }: { done: number; total: number }): void => terminal.progress.show('Opening the data', done, total);
  const context = { signal: terminal.signal, report };
  const tries = asked === null && network?.kind === 'model';
  const opened = await JOBS.openData({ files, ...(network ? inputOf(network) : {}), label: args.text('label') ?? undefined, ...(tries ? { model: network.imported.model } : {}) }, context);
  const { data } = opened;
  const tried = network?.kind === 'packed' && asked === null ? await tryPacked(network.program, data, terminal) : tries ? opened.tried : [];
  terminal.progress.clear();
  for (const note of data.notes) terminal.say(note);
  if (asked !== null || tried.length === 0) return { data, preprocess: asked ?? opened.preprocess, tried: [] };
  const preprocess = network?.kind === 'packed' ? tried.reduce((found, next) => (next.accuracy > found.accuracy ? next : found)).id : opened.preprocess;
  terminal.say(`Preprocessing: ${preprocess} (${PREPROCESS[preprocess].label}), the best of ${tried.length} tried. ${triedText('The network', tried, preprocess)}`);
  return { data, preprocess, tried };
}

/** Shape of one sample, without batch, and the grid that a quantised file states for it. */
function inputOf(network: OpenedNetwork): { readonly shape: readonly number[]; readonly inputGrid?: Grid } {
  if (network.kind === 'packed') {
    const { buffers, inputs } = network.program.network;
    return { shape: buffers[inputs[0]].shape.slice(1) };
  }
  const [input] = (network.kind === 'variant' ? network.variant.model : network.imported.model).graph.inputs;
  return { shape: input.shape.slice(1), ...(network.kind === 'model' ? { inputGrid: network.imported.grids[input.id] } : {}) };
}

/** A packed network does not say how its pixels were prepared, and is no float network that the job could try. */
async function tryPacked(program: Program, data: DataSet, { signal, progress }: Terminal): Promise<readonly TriedPreprocess[]> {
  if (data.test.labels === null) return [];
  const ids = (Object.keys(PREPROCESS) as PreprocessId[]).filter((id) => preprocessRefusal(id, data) === null);
  const tried: TriedPreprocess[] = [];
  for (const [index, id] of ids.entries()) {
    progress.show('Trying preprocessings', index, ids.length);
    const { accuracy, count } = await evaluateProgram(program, { data, preprocess: id, offset: 0, limit: TRIED_SAMPLES }, { signal, report: () => {} });
    tried.push({ id, accuracy, count });
  }
  return tried;
}
