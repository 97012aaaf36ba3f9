import { availableParallelism } from 'node:os';
import type { TrainResult } from '../../../core/jobs/contract.ts';
import { jobsOn } from '../../../core/jobs/index.ts';
import { checkValues } from '../../../core/quant/fields.ts';
import type { Field, OptionValue, OptionValues } from '../../../core/quant/fields.ts';
import { choicesOf } from '../../../core/train/checkpoint.ts';
import { RECIPE_FIELDS } from '../../../core/train/recipe.ts';
import type { TrainingFacts } from '../../../core/project/schema.ts';
import { withChoice, type ChoicesByLayer } from '../../../core/train/layer-choices.ts';
import { UsageError } from '../arguments.ts';
import type { OptionRow, ParsedArguments } from '../arguments.ts';
import { createCheckpoints, readCheckpointFile } from '../checkpoint-file.ts';
import { JSON_OPTION, printJson } from '../command.ts';
import type { Command } from '../command.ts';
import { DATA_OPTIONS, openDataFor } from '../data.ts';
import { accuracyText } from '../figures.ts';
import { openModel } from '../network.ts';
import { PLAN_OPTIONS, readPlan } from '../plan.ts';
import { threadsOf } from '../kernel-threads.ts';
import { KERNEL_THREAD, TFJS_WASM_FOLDER } from '../places.ts';
import { calibrateFor } from '../state.ts';
import { createTrainingProgress } from '../training-progress.ts';
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
    label: DATA_OPTIONS.label,
    preprocess: DATA_OPTIONS.preprocess,
    seed: { value: 'N', help: 'The same seed gives the same run (1).', minimum: 0 },
    out: { value: 'FILE', help: 'A variant, or a packed network where the name ends in .bitw.', required: true },
    threads: { value: 'N', help: 'Threads of this machine to use (all).', minimum: 1 },
    resume: { value: 'FILE', help: 'A checkpoint that an interrupted run left. What is not given anew stays as it was in that run.' },
    freeze: { value: 'LAYERS', help: 'Layers that stay as they are, separated by commas.' },
    prune: { value: 'LAYERS', help: 'Pruning layer by layer, in place of --sparsity: conv2=0.5,dense=0.9.' },
    'checkpoint-every': { value: 'SECONDS', help: 'Longest time between two checkpoints (30); there is one after each epoch.', minimum: 0 },
    ...RECIPE_OPTIONS,
    ...JSON_OPTION,
  },
  oneOf: { options: ['scheme', 'plan'], required: false },
  examples: [
    'bitwright train mnist-8.onnx --scheme xnor --data mnist/ --epochs 3 --seed 1 --out mnist-xnor.bitvar',
    'bitwright train mnist-8.onnx --data mnist/ --out mnist-xnor.bitvar --resume mnist-xnor.bitvar.checkpoint --learning-rate 0.001',
  ],
  async run(args, terminal) {
    const resumed = args.text('resume');
    const resume = resumed === null ? undefined : await readCheckpointFile(resumed);
    const before = resume && choicesOf(resume);
    const recipe = readRecipe(args, before && { ...before.recipe });
    if (!before && args.text('scheme') === null && args.text('plan') === null) throw new UsageError('train needs --scheme or --plan, or a run to --resume.');
    const imported = await openModel(args.positionals[0], terminal);
    const { model, fileName } = imported;
    const plan = (await readPlan(args, model.graph, terminal)) ?? before!.plan;
    const layers = readLayerChoices(args, before?.layers);
    const { data, preprocess } = (await openDataFor(args, terminal, { kind: 'model', imported }))!;
    const calibration = await calibrateFor(imported, data, preprocess, terminal);
    const out = args.text('out')!;
    const seed = args.number('seed', before?.seed ?? 1);
    const checkpoints = createCheckpoints(`${out}.checkpoint`);
    let result: TrainResult;
    try {
      const environment = { tfjsWasmPath: TFJS_WASM_FOLDER };
      const checkpointSeconds = args.number('checkpoint-every', 30);
      const arg = { state: { model, plan, calibration }, teacher: model, data, preprocess, recipe, layers, seed, environment, checkpointSeconds, ...(resume ? { resume } : {}) };
      const show = createTrainingProgress(terminal, plan);
      result = await jobsOn({ threads: args.number('threads', availableParallelism()), spawnThread: threadsOf(KERNEL_THREAD) }).train(arg, {
        signal: terminal.signal,
        report: (progress) => {
          if (progress.checkpoint) checkpoints.keep(progress.checkpoint);
          show(progress);
        },
      });
    } catch (error) {
      terminal.progress.clear();
      const kept = await checkpoints.settled();
      if (kept !== null) terminal.say(`The run up to the last checkpoint is in ${kept}; go on with --resume ${kept}.`);
      throw error;
    }
    terminal.progress.clear();
    const { deployed, simulatedAccuracy, backend, history } = result;
    const changes = history.flatMap((entry) => entry.changes ?? []);
    const training = { recipe, seed, layers: layers as TrainingFacts['layers'], from: imported.hash, data: data.hash, changes };
    const bytes = await writeNetwork(out, { name: fileName, ...result.state, reference: model, preprocess, training });
    await checkpoints.remove();
    if (args.flag('json')) return printJson(terminal, { out, bytes, deployed: { ...deployed, predictions: undefined }, simulatedAccuracy, backend, history, preprocess, plan });
    terminal.print(`Wrote ${out}. On held-out training samples, deployed: ${accuracyText(deployed)}.`);
    terminal.print(`Measure it: bitwright evaluate ${out} --data ${args.text('data')} --preprocess ${preprocess}`);
  },
};

function optionName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `before`: the recipe of the run that goes on. */
function readRecipe(args: ParsedArguments, before: OptionValues = {}): OptionValues {
  const given = Object.keys(RECIPE_FIELDS).flatMap((name) => {
    const text = args.text(optionName(name));
    return text === null ? [] : [[name, valueOf(name, text)] as const];
  });
  const { values, problem } = checkValues(RECIPE_FIELDS, { ...before, ...Object.fromEntries(given) });
  if (problem !== null) throw new UsageError(problem);
  return values;
}

/** `before`: of the run that goes on; what is given anew stands in its place. */
function readLayerChoices(args: ParsedArguments, before: ChoicesByLayer = {}): ChoicesByLayer {
  const words = (name: string): readonly string[] | null => args.text(name)?.split(',').map((word) => word.trim()).filter(Boolean) ?? null;
  const [frozen, pruned] = [words('freeze'), words('prune')];
  let layers = before;
  if (frozen) for (const layer of Object.keys(before)) layers = withChoice(layers, layer, { frozen: false });
  if (pruned) for (const layer of Object.keys(before)) layers = withChoice(layers, layer, { sparsity: undefined });
  for (const layer of frozen ?? []) layers = withChoice(layers, layer, { frozen: true });
  for (const word of pruned ?? []) {
    // Names of layers may hold an equals sign, shares may not.
    const equals = word.lastIndexOf('=');
    const share = word.slice(equals + 1);
    if (equals < 1 || share.trim() === '') throw new UsageError(`--prune is LAYER=SHARE, such as conv2=0.5, not "${word}".`);
    layers = withChoice(layers, word.slice(0, equals), { sparsity: Number(share) });
  }
  return layers;
}

function valueOf(name: string, text: string): OptionValue {
  const { kind } = (RECIPE_FIELDS as Readonly<Record<string, { readonly kind: string }>>)[name];
  if (kind === 'range') return text.trim() === '' ? Number.NaN : Number(text);
  return kind === 'flag' && (text === 'on' || text === 'off') ? text === 'on' : text;
}
