import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../../../core/base/errors.ts';
import { CONTENTS, isContentId, type ContentId } from '../../../core/export/contents/table.ts';
import type { ExportFile } from '../../../core/export/result.ts';
import { TARGETS, type ExporterId } from '../../../core/export/targets.ts';
import type { ExportResult, NetworkState } from '../../../core/jobs/contract.ts';
import { jobsOn } from '../../../core/jobs/index.ts';
import { NO_CALIBRATION } from '../../../core/runtime/watch.ts';
import { writeFileAtomic } from '../../host/atomic.ts';
import { JSON_OPTION, printJson } from '../command.ts';
import type { Command } from '../command.ts';
import { DATA_OPTIONS, openDataFor } from '../data.ts';
import type { OpenedData } from '../data.ts';
import { UsageError } from '../arguments.ts';
import type { ParsedArguments } from '../arguments.ts';
import { originOf } from '../export-origin.ts';
import { openNetwork } from '../network.ts';
import type { OpenedNetwork } from '../network.ts';
import { PLAN_OPTIONS, readPlan } from '../plan.ts';
import { proofMachine } from '../proof-machine.ts';
import { calibrateFor } from '../state.ts';
import type { Terminal } from '../terminal.ts';

/** Samples that the written file answers again. */
const PROOF_SAMPLES = 1000;

export const exportCommand: Command = {
  name: 'export',
  summary: 'Writes a network for a target and, with --prove, reads it back and compares every layer and answer.',
  positionals: ['MODEL|VARIANT'],
  options: {
    ...PLAN_OPTIONS,
    data: DATA_OPTIONS.data,
    label: DATA_OPTIONS.label,
    preprocess: DATA_OPTIONS.preprocess,
    target: { value: 'ID', help: 'What to write', choices: Object.keys(TARGETS), required: true },
    out: { value: 'DIR', help: 'The folder to write into; made where it is absent.', required: true },
    measure: { value: null, help: 'Measure accuracy (with --data) and speed first, for the report.' },
    prove: { value: null, help: 'Read the file back and compare it with the studio on the data, or on noise without data.' },
    with: { value: 'LIST', help: `What to write beside it, separated by commas: ${Object.keys(CONTENTS).join(', ')}.` },
    overwrite: { value: null, help: 'Replace files in the folder that have other contents.' },
    ...JSON_OPTION,
  },
  oneOf: { options: ['scheme', 'plan'], required: false },
  examples: ['bitwright export resnet8-int8.bitvar --target bitw --data cifar10/ --out build/ --prove', 'bitwright export mnist-8.onnx --scheme int8 --data t10k/ --target bitw --out build/'],
  async run(args, terminal) {
    const contents = readContents(args);
    if (args.flag('measure') && args.text('target') !== 'report' && contents.length === 0) throw new UsageError('--measure is for --target report and for what --with writes.');
    const opened = await openNetwork(args.positionals[0], terminal);
    if (opened.kind === 'packed') throw new StudioError('This network is already packed.', { where: opened.fileName, next: 'Name the variant or the float network it was made from.' });
    const opens = await openDataFor(args, terminal, opened);
    const state = await stateOf(opened, opens, args, terminal);
    const name = nameOf(opened);
    const proves = args.flag('prove');
    const origin = await originOf(opened, opens, state, args, terminal);
    const jobs = jobsOn({ threads: 1, spawnThread: null, proof: await proofMachine(terminal.signal) });
    const subject = { state, name, data: opens?.data ?? null, preprocess: opens?.preprocess ?? 'unit', origin } as const;
    const target = args.text('target') as ExporterId;
    const context = { signal: terminal.signal, report: ({ done, total }: { done: number; total: number }) => terminal.progress.show('Proving', done, total) };
    const result = await jobs.exportNetwork({ ...subject, target, proofSamples: proves ? PROOF_SAMPLES : 0 }, context);
    terminal.progress.clear();
    if (!result.proof.equal) throw disproved(result, name);
    const listed = result.files.map(({ path, bytes }) => ({ path, bytes: bytes.length }));
    const extras = contents.length === 0 ? [] : await jobs.packageFiles({ ...subject, target, contents, files: listed, proof: proves ? result.proof : null, findings: result.findings }, { ...context, report: () => {} });
    const out = args.text('out')!;
    const files = await writeFiles(out, [...result.files, ...extras], args.flag('overwrite'));
    const proof = proves ? result.proof : null;
    if (args.flag('json')) return printJson(terminal, { files, weightBytes: result.weightBytes, headerBytes: result.headerBytes, findings: result.findings, preprocess: opens?.preprocess ?? null, proof });
    for (const finding of result.findings) terminal.say(finding);
    for (const file of files) terminal.print(`Wrote ${file.path} (${file.bytes} bytes).`);
    if (proof) terminal.print(proofText(proof, opens));
  },
};

async function stateOf(opened: Exclude<OpenedNetwork, { kind: 'packed' }>, opens: OpenedData | null, args: ParsedArguments, terminal: Terminal): Promise<NetworkState> {
  if (opened.kind === 'variant') {
    if (args.text('scheme') !== null || args.text('plan') !== null) {
      throw new StudioError('A variant already has its precisions.', { where: opened.fileName, next: 'Leave out --scheme and --plan, or name the float network.' });
    }
    return opened.variant;
  }
  const { model } = opened.imported;
  const plan = (await readPlan(args, model.graph, terminal)) ?? {};
  if (Object.values(plan).every(({ scheme }) => scheme === 'float32')) return { model, plan, calibration: NO_CALIBRATION };
  if (!opens) throw new StudioError('Choosing precisions needs samples to calibrate on.', { next: 'Add --data PATH.' });
  return { model, plan, calibration: await calibrateFor(opened.imported, opens.data, opens.preprocess, terminal) };
}

function readContents(args: ParsedArguments): readonly ContentId[] {
  const words = (args.text('with') ?? '').split(',').map((word) => word.trim()).filter(Boolean);
  const unknown = words.find((word) => !isContentId(word));
  if (unknown !== undefined) throw new UsageError(`--with knows ${Object.keys(CONTENTS).join(', ')}, not "${unknown}".`);
  return words.filter(isContentId);
}

/** Nothing that is there and has other contents is replaced unasked. */
async function writeFiles(out: string, files: readonly ExportFile[], overwrite: boolean): Promise<readonly { readonly path: string; readonly bytes: number }[]> {
  const placed = files.map(({ path, bytes }) => ({ path: join(out, ...path.split('/')), bytes }));
  for (const { path, bytes } of overwrite ? [] : placed) {
    const there = await readFile(path).catch(() => null);
    if (there !== null && !there.equals(bytes)) throw new StudioError('Nothing was written: a file of this name with other contents is there.', { where: path, next: 'Name another folder, or add --overwrite.' });
  }
  for (const { path, bytes } of placed) await writeFileAtomic(path, bytes);
  return placed.map(({ path, bytes }) => ({ path, bytes: bytes.length }));
}

function nameOf(opened: Exclude<OpenedNetwork, { kind: 'packed' }>): string {
  const name = opened.kind === 'variant' ? opened.variant.name : opened.imported.fileName;
  // Part of a path: a variant carries whatever name a person gave it.
  return name.replace(/\.[a-z0-9]+$/i, '').replace(/[\\/:*?"<>|\x00-\x1f]/g, '-').replace(/^\.+/, '') || 'network';
}

function disproved({ proof }: ExportResult, where: string): StudioError {
  const row = proof.rows.find(({ weightsEqual, differences }) => weightsEqual === false || differences > 0);
  const others = proof.samples - proof.answersEqual - proof.ties;
  const what = row ? `the layer "${row.layer}" differs` : others > 0 ? `${others} of ${proof.samples} answers differ` : `${proof.ties} of ${proof.samples} answers are only tied`;
  return new StudioError(`Nothing was written: read back, the file does not equal the network (${what}).`, { where });
}

function proofText(proof: ExportResult['proof'], opens: OpenedData | null): string {
  if (proof.samples === 0) return `Proved: what it says of all ${proof.rows.length} layers is so. Read by: ${proof.reader}.`;
  const on = opens ? `samples of ${opens.data.name}, preprocessing ${opens.preprocess}` : 'samples of noise';
  const accuracy = proof.accuracy === null ? '' : ` Its accuracy on the whole test set is ${(100 * proof.accuracy).toFixed(2)} %.`;
  const near = proof.rows.filter(({ deviation = 0 }) => deviation > 0);
  const largest = near.reduce((most, { deviation = 0 }) => Math.max(most, deviation), 0);
  const ties = proof.ties === 0 ? '' : `, ${proof.ties} more are ties`;
  const layers = near.length === 0 ? `all ${proof.rows.length} layers are equal` : `${proof.rows.length - near.length} of ${proof.rows.length} layers are equal; the others deviate by ${(100 * largest).toPrecision(2)} % at most`;
  return `Proved: ${proof.answersEqual} of ${proof.samples} answers are equal${ties}, and ${layers}, on ${on}. Read by: ${proof.reader}.${accuracy}`;
}
