import type { Project } from '../../../core/project/schema.ts';
import type { Plan } from '../../../core/schemes/scheme.ts';
import { planText } from '../keys.ts';
import { activateVariant, addVariant, freshVariant } from './variants.ts';
import { ORIGINAL } from './new-project.ts';

/** The variant that has exactly this plan on the original weights, if there is one. */
export function variantWithPlan(project: Project, plan: Plan): string | null {
  const { graph } = project.source;
  const wanted = planText(graph, plan);
  return project.order.find((id) => project.variants[id].trained === null && planText(graph, project.variants[id].plan) === wanted) ?? null;
}

/** A plan of the search as a new variant of the original weights, in work; or the variant that has it already. */
export function takeFoundPlan(project: Project, plan: Plan, name: string): Project {
  const present = variantWithPlan(project, plan);
  if (present !== null) return activateVariant(project, present);
  const active = project.variants[project.active];
  const from = active.trained === null ? active : project.variants[ORIGINAL];
  const taken = new Set(Object.values(project.variants).map((variant) => variant.name));
  let unique = name;
  for (let number = 2; taken.has(unique); number++) unique = `${name} (${number})`;
  return addVariant(project, { id: freshVariant(project).id, name: unique, parent: from.id, plan, lockedLayers: from.lockedLayers, trained: null });
}
