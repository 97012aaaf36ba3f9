import type { Graph } from '../../../core/graph/graph.ts';
import type { OptionValues } from '../../../core/quant/fields.ts';
import type { Project } from '../../../core/project/schema.ts';
import type { Plan } from '../../../core/schemes/scheme.ts';
import { addVariant, freshVariant } from './variants.ts';

export interface TrainedNetwork {
  readonly graph: Graph;
  readonly plan: Plan;
  readonly weightsHash: string;
  readonly calibrationHash: string;
  readonly recipe: OptionValues;
  readonly seed: number;
}

/** "QAT 3": the first number that no variant bears. */
export function trainedName(project: Project): string {
  const names = new Set(Object.values(project.variants).map((variant) => variant.name));
  for (let number = 1; ; number++) if (!names.has(`QAT ${number}`)) return `QAT ${number}`;
}

/** The result of a run as a new variant under the one it was made from, which becomes the one in work. */
export function addTrainedVariant(project: Project, parent: string, name: string, network: TrainedNetwork): Project {
  const { plan, ...trained } = network;
  const { id } = freshVariant(project);
  const from = project.variants[parent];
  return addVariant(project, { id, name, parent: from ? parent : null, plan, lockedLayers: from?.lockedLayers ?? [], trained });
}
