import { StudioError } from '../../../core/base/errors.ts';
import { evaluateProgram } from '../../../core/jobs/evaluate.ts';
import { JOBS } from '../../../core/jobs/index.ts';
import type { Evaluation } from '../../../core/jobs/contract.ts';
import { NO_CALIBRATION } from '../../../core/runtime/watch.ts';
import { JSON_OPTION, printJson } from '../command.ts';
import type { Command } from '../command.ts';
import { DATA_OPTIONS, openDataFor } from '../data.ts';
import type { OpenedData } from '../data.ts';
import { accuracyText } from '../figures.ts';
import { openNetwork } from '../network.ts';
import type { OpenedNetwork } from '../network.ts';
import type { Terminal } from '../terminal.ts';

export const evaluate: Command = {
  name: 'evaluate',
  summary: 'Counts the right answers of a network on the test samples of a data set, with the arithmetic that ships.',
  positionals: ['MODEL|VARIANT'],
  options: {
    data: { ...DATA_OPTIONS.data, required: true },
    label: DATA_OPTIONS.label,
    preprocess: DATA_OPTIONS.preprocess,
    limit: { value: 'N', help: 'Only the first N samples.', minimum: 1 },
    ...JSON_OPTION,
  },
  examples: ['bitwright evaluate mnist-8.onnx --data t10k/', 'bitwright evaluate digits.bitw --data t10k/ --preprocess raw --limit 200 --json'],
  async run(args, terminal) {
    const opened = await openNetwork(args.positionals[0], terminal);
    const opens = (await openDataFor(args, terminal, opened))!;
    if (opens.data.test.labels === null && opened.kind !== 'variant') {
      throw new StudioError('The data set has no labels, so right and wrong cannot be told apart.', {
        where: opens.data.name,
        next: 'Add the labels file, or evaluate a variant, which is then compared with its float network.',
      });
    }
    const evaluation = await evaluateOpened(opened, opens, args.number('limit', Number.MAX_SAFE_INTEGER), terminal);
    terminal.progress.clear();
    const { name, classes, hash } = opens.data;
    if (args.flag('json')) return printJson(terminal, { ...evaluation, preprocess: opens.preprocess, data: name, classes: classes.length, dataHash: hash });
    terminal.print(accuracyText(evaluation));
  },
};

async function evaluateOpened(opened: OpenedNetwork, { data, preprocess }: OpenedData, limit: number, terminal: Terminal): Promise<Evaluation> {
  const report = ({ done, total }: { done: number; total: number }): void => terminal.progress.show('Answering', done, total);
  const context = { signal: terminal.signal, report };
  const samples = { data, preprocess, offset: 0, limit };
  if (opened.kind === 'packed') return evaluateProgram(opened.program, samples, context);
  if (opened.kind === 'model') {
    const { model } = opened.imported;
    return JOBS.evaluate({ state: { model, plan: {}, calibration: NO_CALIBRATION }, ...samples }, context);
  }
  const { reference, ...state } = opened.variant;
  return JOBS.evaluate({ state, reference, ...samples }, context);
}
