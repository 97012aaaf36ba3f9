import { availableParallelism } from 'node:os';
import { readFile, rm } from 'node:fs/promises';
import { StudioError } from '../../../core/base/errors.ts';
import type { TrainProgress, TrainResult } from '../../../core/jobs/contract.ts';
import { jobsOn } from '../../../core/jobs/index.ts';
import { checkValues } from '../../../core/quant/fields.ts';
import type { Field, OptionValue, OptionValues } from '../../../core/quant/fields.ts';
import { RECIPE_FIELDS } from '../../../core/train/recipe.ts';
import { writeFileAtomic } from '../../host/atomic.ts';
import { UsageError } from '../arguments.ts';
import type { OptionRow, ParsedArguments } from '../arguments.ts';
import { JSON_OPTION, printJson } from '../command.ts';
import type { Command } from '../command.ts';
import { DATA_OPTIONS, openDataFor } from '../data.ts';
import { accuracyText } from '../figures.ts';
import { openModel } from '../network.ts';
import { PLAN_OPTIONS, readPlan } from '../plan.ts';
import { threadsOf } from '../kernel-threads.ts';
import { KERNEL_THREAD, TFJS_WASM_FOLDER } from '../places.ts';
import { calibrateFor } from '../state.ts';
import type { Terminal } from '../terminal.ts';
import { writeNetwork } from '../write-network.ts';

/** Every field of the recipe is an option of the same name: `warmUpSteps` is --warm-up-steps. */
const RECIPE_OPTIONS: Readonly<Record<string, OptionRow>> = Object.fromEntries(
  Object.entries<Field>(RECIPE_FIELDS).map(([name, field]) => {
    const value = field.kind === 'range' ? 'N' : field.kind === 'flag' ? 'on|off' : 'ID';
    const choices = field.kind === 'choice' ? field.choices.map((row) => row.id) : field.kind === 'flag' ? ['on', 'off'] : undefined;
    const initial = typeof field.initial === 'boolean' ? (field.initial ? 'on' : 'off') : field.initial;
    return [optionName(name), { value, help: `${field.label}: ${field.hint}; ${initial} where left out`, ...(choices ? { choices } : {}) }];
  }),
);

export const train: Command = {
  name: 'train',
  summary: 'Fine-tunes a network with its precisions in place, the float network being the teacher.',
  positionals: ['MODEL'],
  options: {
    ...PLAN_OPTIONS,
    data: { ...DATA_OPTIONS.data, required: true },
    preprocess: DATA_OPTIONS.preprocess,
    seed: { value: 'N', help: 'The same seed gives the same run (1).', minimum: 0 },
    out: { value: 'FILE', help: 'A variant, or a packed network where the name ends in .bitw.', required: true },
    threads: { value: 'N', help: 'Threads of this machine to use (all).', minimum: 1 },
    resume: { value: 'FILE', help: 'A checkpoint that an interrupted run left.' },
    ...RECIPE_OPTIONS,
    ...JSON_OPTION,
  },
  oneOf: { options: ['scheme', 'plan'], required: true },
  examples: ['bitwright train mnist-8.onnx --scheme xnor --data mnist/ --epochs 3 --seed 1 --out mnist-xnor.bitvar'],
  async run(args, terminal) {
    const recipe = readRecipe(args);
    const imported = await openModel(args.positionals[0], terminal);
    const { model, fileName } = imported;
    const plan = (await readPlan(args, model.graph, terminal))!;
    const { data, preprocess } = (await openDataFor(args, terminal, { kind: 'model', imported }))!;
    const calibration = await calibrateFor(model, data, preprocess, terminal);
    const resumed = args.text('resume');
    const resume = resumed === null ? undefined : await readCheckpoint(resumed);
    const out = args.text('out')!;
    const checkpoints = createCheckpoints(`${out}.checkpoint`);
    let result: TrainResult;
    try {
      const environment = { tfjsWasmPath: TFJS_WASM_FOLDER };
      const arg = { state: { model, plan, calibration }, teacher: model, data, preprocess, recipe, seed: args.number('seed', 1), environment, ...(resume ? { resume } : {}) };
      result = await jobsOn({ threads: args.number('threads', availableParallelism()), spawnThread: threadsOf(KERNEL_THREAD) }).train(arg, {
        signal: terminal.signal,
        report: (progress) => {
          if (progress.checkpoint) checkpoints.keep(progress.checkpoint);
          showProgress(progress, terminal);
        },
      });
    } catch (error) {
      terminal.progress.clear();
      const kept = await checkpoints.settled();
      if (kept !== null) terminal.say(`The run up to the last checkpoint is in ${kept}; go on with --resume ${kept}.`);
      throw error;
    }
    terminal.progress.clear();
    const bytes = await writeNetwork(out, { name: fileName, ...result.state, reference: model, preprocess });
    await checkpoints.remove();
    const { deployed, simulatedAccuracy, backend, history } = result;
    if (args.flag('json')) return printJson(terminal, { out, bytes, deployed: { ...deployed, predictions: undefined }, simulatedAccuracy, backend, history, preprocess, plan });
    terminal.print(`Wrote ${out}. On held-out training samples, deployed: ${accuracyText(deployed)}.`);
    terminal.print(`Measure it: bitwright evaluate ${out} --data ${args.text('data')} --preprocess ${preprocess}`);
  },
};

function optionName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function readRecipe(args: ParsedArguments): OptionValues {
  const given = Object.keys(RECIPE_FIELDS).flatMap((name) => {
    const text = args.text(optionName(name));
    return text === null ? [] : [[name, valueOf(name, text)] as const];
  });
  const { values, problem } = checkValues(RECIPE_FIELDS, Object.fromEntries(given));
  if (problem !== null) throw new UsageError(problem);
  return values;
}

function valueOf(name: string, text: string): OptionValue {
  const { kind } = (RECIPE_FIELDS as Readonly<Record<string, { readonly kind: string }>>)[name];
  if (kind === 'range') return text.trim() === '' ? Number.NaN : Number(text);
  return kind === 'flag' && (text === 'on' || text === 'off') ? text === 'on' : text;
}

async function readCheckpoint(path: string): Promise<Uint8Array> {
  return new Uint8Array(
    await readFile(path).catch((error: unknown) => {
      throw new StudioError('The checkpoint cannot be read.', { where: path, next: 'Check the path, or run without --resume.', cause: error });
    }),
  );
}

/** The newest checkpoint is always whole on disk: one is written after another, and skipped when a newer one waits. */
function createCheckpoints(path: string) {
  let newest: Uint8Array | null = null;
  let written = false;
  let writing: Promise<void> | null = null;
  const writeNewest = async (): Promise<void> => {
    while (newest !== null) {
      const bytes = newest;
      newest = null;
      await writeFileAtomic(path, bytes);
      written = true;
    }
    writing = null;
  };
  return {
    keep(bytes: Uint8Array): void {
      newest = bytes;
      writing ??= writeNewest();
    },
    async settled(): Promise<string | null> {
      await writing;
      return written ? path : null;
    },
    async remove(): Promise<void> {
      await writing;
      await rm(path, { force: true });
    },
  };
}

function showProgress({ step, steps, epoch, epochs, stage, loss, validationAccuracy }: TrainProgress, terminal: Terminal): void {
  const label = `Training, epoch ${epoch} of ${epochs}, ${stage}, loss ${loss.toFixed(4)}`;
  terminal.progress.show(label, step, steps);
  if (validationAccuracy !== undefined) {
    terminal.progress.clear();
    terminal.say(`Epoch ${epoch} of ${epochs}: loss ${loss.toFixed(4)}, validation ${(100 * validationAccuracy).toFixed(2)} %.`);
  }
}
