import type { NodeId } from '../../../core/graph/graph.ts';
import type { Project } from '../../../core/project/schema.ts';
import type { LayerChoice } from '../../../core/schemes/scheme.ts';
import { settableLayers } from './plan.ts';
import { editActive } from './variants.ts';

/** Gives a layer the precision and options of another variant; a locked layer or one that cannot take it stays. */
export function setChoice(project: Project, layer: NodeId, choice: LayerChoice): Project {
  return editActive(project, (variant) => {
    const fits = settableLayers(project, variant, [layer], choice.scheme).length > 0;
    return fits ? { ...variant, plan: { ...variant.plan, [layer]: choice } } : variant;
  });
}
