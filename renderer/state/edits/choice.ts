import type { NodeId } from '../../../core/graph/graph.ts';
import type { Project } from '../../../core/project/schema.ts';
import type { LayerChoice } from '../../../core/schemes/scheme.ts';
import { settableLayers } from './plan.ts';
import { activateVariant, editActive } from './variants.ts';

/** Gives a layer the precision and options of another variant; a locked layer or one that cannot take it stays. */
export function setChoice(project: Project, layer: NodeId, choice: LayerChoice): Project {
  return editActive(project, (variant) => {
    const fits = settableLayers(project, variant, [layer], choice.scheme).length > 0;
    return fits ? { ...variant, plan: { ...variant.plan, [layer]: choice } } : variant;
  });
}

/** The same in any variant; the one in work stays the one in work, unless a frozen variant was branched for it. */
export function setChoiceIn(project: Project, variant: string, layer: NodeId, choice: LayerChoice): Project {
  if (!project.variants[variant]) return project;
  const there = activateVariant(project, variant);
  const edited = setChoice(there, layer, choice);
  if (edited === there) return project;
  return edited.order.length > project.order.length ? edited : activateVariant(edited, project.active);
}
