import type { DataSet, PreprocessId } from '../../core/data/data-set.ts';
import { PREPROCESS } from '../../core/data/data-set.ts';
import { preprocessRefusal } from '../../core/data/preprocess.ts';
import { evaluateProgram } from '../../core/jobs/evaluate.ts';
import { JOBS } from '../../core/jobs/index.ts';
import type { Program } from '../../core/runtime/program.ts';
import type { ParsedArguments } from './arguments.ts';
import { readPath } from './files.ts';
import type { OpenedNetwork } from './network.ts';
import type { Terminal } from './terminal.ts';

export interface OpenedData {
  readonly data: DataSet;
  readonly preprocess: PreprocessId;
}

export const DATA_OPTIONS = {
  data: { value: 'PATH', help: 'A file or folder of a data set: IDX, CIFAR binary.' },
  preprocess: { value: 'ID', help: 'How pixels become numbers; tried out where left out.', choices: Object.keys(PREPROCESS) },
} as const;

const TRIED_SAMPLES = 200;

/**
 * Reads the data set that --data names; null without it. The preprocessing is the one asked for, else the one a variant
 * remembers, else the one under which the network answers best.
 */
export async function openDataFor(args: ParsedArguments, terminal: Terminal, network: OpenedNetwork): Promise<OpenedData | null> {
  const path = args.text('data');
  if (path === null) return null;
  const files = await readPath(path);
  const asked = (args.text('preprocess') as PreprocessId | null) ?? (network.kind === 'variant' ? network.variant.preprocess : null);
  const report = ({ done, total }: { done: number; total: number }): void => terminal.progress.show('Trying preprocessings', done, total);
  const context = { signal: terminal.signal, report };
  const tries = asked === null && network.kind === 'model';
  const opened = await JOBS.openData({ files, ...(tries ? { model: network.imported.model } : {}) }, context);
  const { data } = opened;
  const tried = network.kind === 'packed' && asked === null ? await tryPacked(network.program, data, terminal) : tries ? opened.tried : [];
  terminal.progress.clear();
  for (const note of data.notes) terminal.say(note);
  if (asked !== null || tried.length === 0) return { data, preprocess: asked ?? opened.preprocess };
  const best = tried.reduce((found, next) => (next.accuracy > found.accuracy ? next : found));
  terminal.say(`Preprocessing: ${best.id} (${PREPROCESS[best.id].label}), the best of ${tried.length} tried.`);
  return { data, preprocess: best.id };
}

/** A packed network does not say how its pixels were prepared, and is no float network that the job could try. */
async function tryPacked(program: Program, data: DataSet, { signal, progress }: Terminal): Promise<readonly { readonly id: PreprocessId; readonly accuracy: number }[]> {
  if (data.test.labels === null) return [];
  const ids = (Object.keys(PREPROCESS) as PreprocessId[]).filter((id) => preprocessRefusal(id, data) === null);
  const tried: { id: PreprocessId; accuracy: number }[] = [];
  for (const [index, id] of ids.entries()) {
    progress.show('Trying preprocessings', index, ids.length);
    const { accuracy } = await evaluateProgram(program, { data, preprocess: id, offset: 0, limit: TRIED_SAMPLES }, { signal, report: () => {} });
    tried.push({ id, accuracy });
  }
  return tried;
}
