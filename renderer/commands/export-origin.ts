import type { ExportOrigin } from '../../core/export/context.ts';
import type { Evaluation } from '../../core/jobs/contract.ts';
import type { TrainingFacts } from '../../core/project/schema.ts';
import { activityStore } from '../state/activity.ts';
import { commandLine, packageName } from '../state/package-contents.ts';
import type { ActiveNetwork } from '../state/select/network.ts';
import { originalOf } from './measure.ts';
import { dataOf, modelOf } from './network-state.ts';

/** How the variant was trained, as far as the project keeps it; absent where it was not. */
export function trainingOf({ variant: { trained } }: ActiveNetwork): { readonly training?: TrainingFacts } {
  if (!trained) return {};
  const { recipe, seed, layers = null, from = null, data = null, changes = null } = trained;
  return { training: { recipe, seed, layers, from, data, changes } };
}

/** What documents and recipes tell of the network in work: what is on screen, and nothing that was not measured. */
export function exportOrigin(network: ActiveNetwork, target: string): ExportOrigin {
  const { evaluations, speeds } = activityStore.getState();
  const original = originalOf(network);
  return {
    reference: modelOf(original),
    sourceName: network.project.source.fileName,
    grids: network.project.source.grids,
    ...trainingOf(network),
    measured: { accuracy: withoutAnswers(evaluations[network.key]), floatAccuracy: withoutAnswers(evaluations[original.key]), speed: speeds[network.key] ?? null },
    command: commandLine(network, packageName(network), target, dataOf(network)?.format ?? null),
  };
}

function withoutAnswers(evaluation: Evaluation | undefined): Omit<Evaluation, 'predictions'> | null {
  if (!evaluation) return null;
  const { predictions: _answers, ...figures } = evaluation;
  return figures;
}
